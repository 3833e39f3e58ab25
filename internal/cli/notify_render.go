package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

const (
	// maxWebhook bounds the size of a webhook's body, as the gateway does, and
	// maxTemplateFile that of a template.
	maxWebhook      = 2 << 20
	maxTemplateFile = 64 << 10
)

func (t *tool) notifyRender() *cobra.Command {
	var isAlertmanager, isGrafana bool
	var file string
	c := &cobra.Command{
		Use:   "render --alertmanager|--grafana [FILE]",
		Short: "Show the message that a webhook becomes",
		Long: `Shows the message that a webhook of Alertmanager or Grafana becomes, and posts nothing. FILE has
the body of the webhook's request; without one, or if it is -, the command reads the standard
input.

The settings are those of the variables GOPHER_NOTIFY_YAML or GOPHER_NOTIFY_FILE, if one is set,
as the gateway reads them. --template-file uses another template. Otherwise the built-in layout
is shown, in the bot's own markup.`,
		Example: `  gopherbot notify render --alertmanager < body.json
  gopherbot notify render --grafana --template-file grafana.tmpl body.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if isAlertmanager == isGrafana {
				return errors.New("want either --alertmanager or --grafana")
			}
			source := alert.Alertmanager
			if isGrafana {
				source = alert.Grafana
			}
			options, err := t.renderOptions(source, file)
			if err != nil {
				return err
			}
			name := "-"
			if len(args) > 0 {
				name = args[0]
			}
			body, err := t.read(name, maxWebhook)
			if err != nil {
				return err
			}
			webhook, err := alert.Decode(source, body)
			if err != nil {
				return fmt.Errorf("read the webhook: %w", err)
			}
			m, err := webhook.Render(options)
			if err != nil {
				return fmt.Errorf("render the webhook: %w", err)
			}
			return t.printMessage(m)
		},
	}
	c.Flags().BoolVar(&isAlertmanager, "alertmanager", false, "the webhook is Alertmanager's")
	c.Flags().BoolVar(&isGrafana, "grafana", false, "the webhook is Grafana's")
	c.Flags().StringVar(&file, "template-file", "", "render it with the template in this `file`")
	return t.withJSON(c)
}

// renderOptions returns the options with which a gateway renders webhooks of the source.
// Unlike there, the failure of a template is an error.
func (t *tool) renderOptions(source alert.Source, templateFile string) (alert.Options, error) {
	options := alert.Options{Strict: true}
	settings, err := config.LoadNeeding(t.Environ)
	if err != nil {
		return options, err
	}
	notify, err := settings.Notify(config.NotifyOptions{Environ: t.Environ, Handlers: t.Content.CallbackTypes()})
	if err != nil {
		return options, err
	}
	webhook := map[alert.Source]*notifyconfig.Webhook{alert.Alertmanager: notify.Alertmanager, alert.Grafana: notify.Grafana}[source]
	if webhook == nil {
		webhook = &notifyconfig.Webhook{}
	}
	options.Levels, options.MaxAlerts, options.TimeZone, options.Images = webhook.Errors, webhook.MaxAlerts, webhook.TimeZone, webhook.Images
	options.Format = string(webhook.Format)
	name, text := webhook.TemplateName, webhook.Template
	if templateFile != "" {
		content, err := t.read(templateFile, maxTemplateFile)
		if err != nil {
			return options, err
		}
		name, text = templateFile, string(content)
	}
	if text != "" {
		if options.Template, err = alert.ParseTemplate(source, name, text); err != nil {
			return options, fmt.Errorf("parse the template: %w", err)
		}
	}
	return options, nil
}

// printMessage prints a message that would be posted.
func (t *tool) printMessage(m alert.Message) error {
	type rendered struct {
		Text     string   `json:"text"`
		Format   string   `json:"format,omitempty"`
		Status   string   `json:"status"`
		Images   []string `json:"images,omitempty"`
		Warnings []string `json:"warnings,omitempty"`
	}
	shown := rendered{Text: m.Text, Format: m.Format, Status: m.Status}
	for _, image := range m.Images {
		shown.Images = append(shown.Images, image.URL)
	}
	for _, w := range m.Warnings {
		shown.Warnings = append(shown.Warnings, w.Code)
	}
	if t.json {
		return printJSON(t.Out, shown)
	}
	for _, w := range m.Warnings {
		fmt.Fprintf(t.Err, "%s: warning: %s: %s\n", t.Content.Name, w.Code, w.Text)
	}
	for _, url := range shown.Images {
		fmt.Fprintf(t.Err, "image: %s\n", stripControl(url))
	}
	fmt.Fprintf(t.Err, "status: %s\n", m.Status)
	_, err := fmt.Fprintln(t.Out, stripControl(m.Text))
	return err
}
