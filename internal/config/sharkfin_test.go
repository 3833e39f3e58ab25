package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
)

// sharkfin is an environment in which every process serves Sharkfin alone.
func sharkfin() map[string]string {
	return map[string]string{
		"REDIS_URL": "rediss://:hunter2@redis.example:6379", "GOPHER_SHARKFIN_URL": "https://chat.example.org", "GOPHER_SHARKFIN_KEY": "a-long/api.key=",
	}
}

func TestLoad_SharkfinAlone(t *testing.T) {
	t.Parallel()
	vars := sharkfin()
	c, err := config.LoadAll(environ(vars))
	if err != nil || !c.Has("sharkfin") || c.Has("slack") {
		t.Fatalf("has Sharkfin: %v, Slack: %v (%v)", c.Has("sharkfin"), c.Has("slack"), err)
	}
	if c.SharkfinURL != "https://chat.example.org/" || c.SharkfinKey.Reveal() != "a-long/api.key=" || c.SharkfinChannels != nil || time.Duration(c.SharkfinReadInterval) != time.Minute {
		t.Errorf("%+v", c)
	}
	if text := fmt.Sprintf("%v %+v", c, c.SharkfinKey); strings.Contains(text, "a-long") || !slices.Contains(config.SecretNames(), "GOPHER_SHARKFIN_KEY") {
		t.Errorf("the key is printed: %s", text)
	}
	vars["GOPHER_SHARKFIN_CHANNELS"], vars["GOPHER_SHARKFIN_READ_INTERVAL"] = " general, #Go news,général,general", "15s"
	c, err = config.LoadAll(environ(vars))
	if err != nil || !slices.Equal(c.SharkfinChannels, []string{"general", "Go news", "général"}) || time.Duration(c.SharkfinReadInterval) != 15*time.Second {
		t.Errorf("%q, %v (%v)", c.SharkfinChannels, c.SharkfinReadInterval, err)
	}
	delete(vars, "GOPHER_SHARKFIN_KEY")
	if _, err := config.Load(config.BGTasks, environ(vars)); err != nil {
		t.Errorf("bgtasks without the key: %v", err)
	}
}

func TestLoad_SharkfinBadValues(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"GOPHER_SHARKFIN_URL":           {"chat.example.org", "ws://chat.example.org/ws", "https://"},
		"GOPHER_SHARKFIN_KEY":           {"short", "a key with spaces", "a-long-key-é"},
		"GOPHER_SHARKFIN_CHANNELS":      {",", "general,,news", "#", "gen\x01eral"},
		"GOPHER_SHARKFIN_READ_INTERVAL": {"1s", "11m", "often"},
	} {
		for _, value := range values {
			vars := sharkfin()
			vars[name] = value
			_, err := config.LoadAll(environ(vars))
			if err == nil || !strings.HasPrefix(err.Error(), name+" is not valid: want ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s=%q: %v", name, value, err)
			}
		}
	}
}

func TestSecretWarnings_SharkfinKey(t *testing.T) {
	t.Parallel()
	vars := sharkfin()
	vars["GOPHER_METRICS_TOKEN"] = "0123456789abcdef0123456789ABCDEF"
	vars["GOPHER_SHARKFIN_KEY"] = vars["GOPHER_METRICS_TOKEN"]
	c, err := config.LoadAll(environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	if list := c.SecretWarnings(); len(list) != 1 || !strings.Contains(list[0].Message, "GOPHER_SHARKFIN_KEY and GOPHER_METRICS_TOKEN have the same value") {
		t.Errorf("%v", list)
	}
}
