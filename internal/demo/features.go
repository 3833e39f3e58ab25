package demo

import (
	"encoding/json"
	"fmt"

	"github.com/gobridge/gopherbot/app"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// features are what a manifest declares for people to use.
type features struct {
	Home struct {
		Enabled bool `json:"home_tab_enabled"`
	} `json:"app_home"`
	Commands  []slacksim.Command  `json:"slash_commands"`
	Shortcuts []slacksim.Shortcut `json:"shortcuts"`
}

// featuresOf reads the features of a manifest, as Slack does. A workspace takes no commands and
// no shortcuts (nil) for all.
func featuresOf(m app.Manifest) (features, error) {
	content, err := json.Marshal(m)
	if err != nil {
		return features{}, fmt.Errorf("encode the app's manifest: %w", err)
	}
	read := struct{ Features features }{features{Commands: []slacksim.Command{}, Shortcuts: []slacksim.Shortcut{}}}
	if err := json.Unmarshal(content, &read); err != nil {
		return features{}, fmt.Errorf("read the app's manifest: %w", err)
	}
	return read.Features, nil
}
