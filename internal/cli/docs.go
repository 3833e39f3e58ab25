package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/gateway/notify/openapi"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
)

func (t *tool) docs() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "docs",
		Short: "Write the generated documentation of the source tree",
		Long: `Writes the files of the source tree that are generated from declarations:
docs/commands.md, docs/configuration.md, docs/platforms.md, slack-manifest.yaml, the link in
docs/deploy.md that creates the Slack app, and the documents about the notification API in
gateway/notify/docs. Run it in the root of the source tree.`,
		Example: `  gopherbot docs
  gopherbot docs --dir ../gopherbot`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			files, err := GeneratedDocs(t.Content, dir)
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(files)) {
				if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil {
					return fmt.Errorf("write documentation: %w", err)
				}
				fmt.Fprintln(t.Out, name)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the `folder` that has go.mod")
	return c
}

// deployDoc is the file in which only one link is generated.
const deployDoc = "docs/deploy.md"

// createLink is the link that creates the Slack app.
var createLink = regexp.MustCompile(`https://api\.slack\.com/apps\?[^)]*manifest_json=[^)]*`)

// GeneratedDocs returns the generated files of a community's bot by their names below dir,
// the root of the module. It reads docs/deploy.md, which must have exactly one link that
// creates the Slack app, and the comments on the types of the notification API.
func GeneratedDocs(content handler.Content, dir string) (map[string][]byte, error) {
	registry, err := content.Registry(handler.Services{})
	if err != nil {
		return nil, err
	}
	m, err := app.SlackManifest(content, "")
	if err != nil {
		return nil, err
	}
	deploy, err := os.ReadFile(filepath.Join(dir, deployDoc))
	if err != nil {
		return nil, fmt.Errorf("read documentation: %w; --dir is the folder that has go.mod", err)
	}
	if n := len(createLink.FindAll(deploy, -1)); n != 1 {
		return nil, fmt.Errorf("%s has %d links that create the Slack app, want one", deployDoc, n)
	}
	files, err := openapi.Files(dir)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, map[string][]byte{
		"docs/commands.md":      []byte(commandsMarkdown(registry.Infos())),
		"docs/configuration.md": []byte(config.Markdown()),
		"docs/platforms.md":     []byte(app.PlatformsMarkdown()),
		"slack-manifest.yaml":   m.YAML(),
		deployDoc:               createLink.ReplaceAllLiteral(deploy, []byte(m.Link())),
	})
	return files, nil
}
