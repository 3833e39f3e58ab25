package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAnswers_CopiedCommands sends commands as people copy them and as phones change them,
// as Slack sends it.
func TestAnswers_CopiedCommands(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.environ["GOPHER_ANSWER_COOLDOWN"] = "0"
	b.startAll()
	answers := 0
	for _, test := range []struct{ said, want string }{
		{mention + "`define goroutine`", "*goroutine*"},
		{mention + "`xkcd:303`", "<https://xkcd.com/303/>"},
		{"&gt; *define goroutine*", "*goroutine*"},
		{"```\\ndefine goroutine\\n```", "*goroutine*"},
		{mention + "“go tour”\\ufe0f", ""},
		{mention + "go tour <!subteam^S1|@gophers>", ""},
		{mention + "go tour <!here>", ""},
		{mention + "go tour @here", ""}, // in threads, Slack leaves it as it is
		{mention + "go tour\\ud800", ""},
		{mention + "go tour <@U" + strings.Repeat("> <@U1> <@U2", 1500) + ">", "<@U> <@U1> <@U2> "},
	} {
		ts := fmt.Sprintf("%d.%06d", time.Now().Unix(), answers)
		status := b.post(`{"type":"event_callback","team_id":"`+teamID+`","api_app_id":"`+appID+`","event_id":"Ev`+strconv.Itoa(answers)+`",`+
			`"event_time":`+strconv.FormatInt(time.Now().Unix(), 10)+`,"event":{"type":"message","channel":"`+general+`","channel_type":"channel",`+
			`"user":"`+ada+`","ts":"`+ts+`","text":"`+test.said+`"}}`, nil)
		if status != 200 {
			t.Fatalf("%.100q: %d", test.said, status)
		}
		answers++
		said := b.calls("chat.postMessage", answers)[answers-1].Form["text"]
		if !strings.HasPrefix(said, test.want) || test.want == "" && !strings.Contains(said, "go.dev/tour") || len(said) > 1000 {
			t.Errorf("%.100q: %.200q", test.said, said)
		}
		if strings.Contains(said, "<!") || strings.Contains(said, "@gophers") {
			t.Errorf("%.100q notifies a group: %q", test.said, said)
		}
	}
	b.settled()
	if posted := b.slack.Calls("chat.postMessage"); len(posted) != answers || len(b.slack.Calls("chat.postEphemeral")) > 0 {
		t.Errorf("%d answers, want %d", len(posted), answers)
	}
}
