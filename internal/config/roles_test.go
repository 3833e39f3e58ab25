package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
)

func TestRoles_Of(t *testing.T) {
	t.Parallel()
	vars := good()
	vars["GOPHER_ROLES"] = " moderator=U012ABC, W034DEF ;admin=slack:U9,U012ABC; "
	c, err := config.Load(config.Consumer, environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		source, user string
		want         []string
	}{
		{"slack", "U012ABC", []string{"moderator", "admin"}},
		{"slack", "W034DEF", []string{"moderator"}},
		{"slack", "U9", []string{"admin"}},
		{"mattermost", "U9", nil},
		{"slack", "u9", nil},
		{"slack", "", nil},
	} {
		if got := c.Roles.Of(test.source, test.user); !slices.Equal(got, test.want) {
			t.Errorf("%s %s: %q, want %q", test.source, test.user, got, test.want)
		}
	}
	const written = "moderator=U012ABC,W034DEF; admin=U9,U012ABC"
	if value, declared := c.Value("GOPHER_ROLES"); value != written || !declared {
		t.Errorf("%q, want %q", value, written)
	}
	if got := (config.Roles{}).Of("slack", "U9"); got != nil {
		t.Errorf("without the variable: %q", got)
	}
}

func TestRoles_OfOtherPlatforms(t *testing.T) {
	t.Parallel()
	var r config.Roles
	if err := r.UnmarshalText([]byte("moderator=mattermost:u1ab,mattermost.second:ada,U1")); err != nil {
		t.Fatal(err)
	}
	for source, user := range map[string]string{"mattermost": "u1ab", "mattermost.second": "ada", "slack": "U1"} {
		if got := r.Of(source, user); !slices.Equal(got, []string{"moderator"}) {
			t.Errorf("%s %s: %q", source, user, got)
		}
	}
	if got := r.String(); got != "moderator=mattermost:u1ab,mattermost.second:ada,U1" {
		t.Error(got)
	}
}

func TestLoad_BadRoles(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"moderator", "moderator=", "=U1", "moderator=U1,", "moderator=@ada", "moderator=ada", "moderator=u1", "Moderator=U1", "mod erator=U1",
		"moderator=U1=U2", "moderator=U1;moderator=U2", "moderator=:U1", "moderator=slack:", "moderator=Slack:U1", "moderator=mattermost:a b", "-a=U1",
		strings.Repeat("a", 41) + "=U1",
	} {
		vars := good()
		vars["GOPHER_ROLES"] = value
		_, err := config.Load(config.Consumer, environ(vars))
		if err == nil || !strings.HasPrefix(err.Error(), "GOPHER_ROLES is not valid: want role=person,person for each role") {
			t.Errorf("%q: %v", value, err)
		}
	}
	vars := good()
	vars["GOPHER_ROLES"] = "moderator=U1,mattermost:ada"
	const want = "GOPHER_ROLES names a person of mattermost, which is not configured: set its variables, or name people of slack"
	if _, err := config.Load(config.Consumer, environ(vars)); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestLoad_AdminContact(t *testing.T) {
	t.Parallel()
	for value, valid := range map[string]bool{
		"": true, "#moderators": true, "U012ABC": true, "mods@example.org": true, "https://example.org/contact?a=b": true,
		"moderators": false, "@ada": false, "http://example.org": false, "<@U012ABC>": false, "mods@example.org, ada@example.org": false, "#a b": false,
	} {
		vars := good()
		vars["GOPHER_ADMIN_CONTACT"] = value
		if c, err := config.Load(config.Consumer, environ(vars)); (err == nil) != valid || valid && string(c.AdminContact) != value {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestLoad_SuggestionsChannel(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]config.ChannelName{"": "", "suggestions": "suggestions", "#suggestions": "suggestions", "C012ABC": "C012ABC"} {
		vars := good()
		vars["GOPHER_SUGGESTIONS_CHANNEL"] = value
		if c, err := config.Load(config.Consumer, environ(vars)); err != nil || c.SuggestionsChannel != want {
			t.Errorf("%q: %q (%v)", value, c.SuggestionsChannel, err)
		}
	}
}
