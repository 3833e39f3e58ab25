package app

import (
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
)

// PlatformsMarkdown returns docs/platforms.md: a table of the features of all
// platforms, configured or not.
func PlatformsMarkdown() string {
	all := make([]consumer.Platform, len(platforms))
	for i, p := range platforms {
		all[i] = p.unconnected()
	}
	return featureTable(all)
}

// featureTable has a row for each feature and a column for each platform. It needs
// at least one platform.
func featureTable(all []consumer.Platform) string {
	var w strings.Builder
	w.WriteString(`# Platforms

<!-- Written by "gopherbot docs" from the platforms' capabilities; do not edit. -->

What each chat platform supports. A platform is enabled by its variables: see [configuration.md](configuration.md). A consumer
logs these features of each platform when it starts, and warns of declarations that do not work on it. To add a platform, see
[CONTRIBUTING.md](../CONTRIBUTING.md#add-a-platform).

| feature |`)
	for _, p := range all {
		fmt.Fprintf(&w, " %s |", p.Name())
	}
	w.WriteString(" on a platform without it |\n|---|" + strings.Repeat("---|", len(all)) + "---|\n")
	for i, feature := range consumer.Features(all[0]) {
		fmt.Fprintf(&w, "| %s |", feature.Name)
		for _, p := range all {
			supported, f := "no", consumer.Features(p)[i]
			if f.Supported {
				supported = "yes"
			}
			if f.Note != "" {
				supported += ", " + f.Note
			}
			fmt.Fprintf(&w, " %s |", supported)
		}
		fmt.Fprintf(&w, " %s |\n", feature.Without)
	}
	return w.String()
}
