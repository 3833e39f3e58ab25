package app

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
)

// textOnly is a platform that has messages and nothing else.
type textOnly struct{ consumer.Platform }

func (textOnly) Name() string                        { return "TextOnly" }
func (textOnly) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func TestFeatureTable_HasAColumnForEachPlatform(t *testing.T) {
	t.Parallel()
	table := featureTable([]consumer.Platform{slackPlatform{}.unconnected(), textOnly{}})
	for _, want := range []string{
		"| feature | Slack | TextOnly | on a platform without it |\n|---|---|---|---|\n",
		"| emoji reactions | yes | no | those that are declared do not run; a handler gets `handler.ErrUnsupported` |\n",
		"| posts to a channel, such as announcements | yes | no |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}
