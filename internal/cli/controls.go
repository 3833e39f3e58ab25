package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/spelling"
)

const pauseHelp = `PLATFORM is a platform such as slack, TYPE a type of events such as message_public, and HANDLER
the name of a handler, as metrics, logs and docs/commands.md have it. Quotes may be left out,
and so may words, as long as one handler alone is meant.`

func (t *tool) pause() *cobra.Command {
	var why string
	c := &cobra.Command{
		Use:   "pause {platform PLATFORM | type TYPE | handler HANDLER}",
		Short: "Pause a platform, a type of events or a handler",
		Long: `Pauses a platform, a type of events or a handler in all processes, within 5 seconds and until
it is resumed, also over restarts and deploys. What runs already is finished.

` + pauseHelp + `

The events of a platform or a type wait on the queue, and no attempt is used up. When the
queue is full, the gateway refuses further ones. The events that a handler matches are tried
again every 5 to 30 seconds; other handlers that match them do not wait. After the pause a
message is answered only if it is less than 30 seconds old, and others are discarded as too
old; joins, forms and messages to post wait as long as it takes, or until they expire.`,
		Example: `  gopherbot pause handler "flip a coin" --why "it floods #general"
  gopherbot pause type team_join
  gopherbot pause platform slack --why "incident 42"`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: t.pausable,
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				kind, name, err := t.toPause(c.Context(), d, args[0], args[1])
				if err != nil {
					return err
				}
				return t.set(c.Context(), d, audit.Pause, control.Control{Kind: kind, Name: name, Why: why}, "Paused")
			})
		},
	}
	whyFlag(c, &why)
	return t.withJSON(c)
}

func (t *tool) resume() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:   "resume {platform PLATFORM | type TYPE | handler HANDLER}",
		Short: "Resume a platform, a type of events or a handler that is paused",
		Long: `Resumes a platform, a type of events or a handler that is paused, in all processes, within 5
seconds. The events that a handler matched may take 30 seconds more.

` + pauseHelp,
		Example: `  gopherbot resume handler "flip a coin"
  gopherbot resume type team_join`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: t.pausable,
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				set, err := d.controls.List(c.Context())
				if err != nil {
					return err
				}
				kind, err := pauseKind(args[0])
				if err != nil {
					return err
				}
				name := args[1]
				if full, ok := oneOf(name, namesOf(set, kind)); ok { // a handler of another release, too
					name = full
				}
				return t.clear(c.Context(), d, audit.Resume, set, kind, name, "Resumed")
			})
		},
	})
}

// pausable completes the arguments of pause and resume.
func (t *tool) pausable(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		names = []string{string(control.Platform), string(control.EventType), string(control.Handler)}
	case len(args) > 1:
	case args[0] == string(control.Platform):
		names = app.Sources()
	case args[0] == string(control.EventType):
		names = app.EventTypes()
	case args[0] == string(control.Handler):
		names, _ = t.handlers()
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func pauseKind(word string) (control.Kind, error) {
	if kind := control.Kind(word); kind.Pauses() {
		return kind, nil
	}
	return "", fmt.Errorf("%q: want platform, type or handler", word)
}

// toPause returns the kind and the name of something that is to be paused. It returns an
// error that names the nearest if there is no such thing.
func (t *tool) toPause(ctx context.Context, d *deployment, word, name string) (control.Kind, string, error) {
	kind, err := pauseKind(word)
	if err != nil {
		return "", "", err
	}
	var known []string
	switch kind {
	case control.EventType:
		return kind, name, checkType(ctx, d.queue, name)
	case control.Platform:
		known = app.Sources()
	default:
		if known, err = t.handlers(); err != nil {
			return "", "", err
		}
	}
	if full, ok := oneOf(name, known); ok {
		return kind, full, nil
	}
	if kind == control.Platform {
		return "", "", fmt.Errorf("no platform is called %q%s The platforms are %s", name, orStop(spelling.DidYouMean(name, known)), strings.Join(known, ", "))
	}
	if meant := likeName(name, known); len(meant) > 1 {
		return "", "", fmt.Errorf("%q may be several handlers: %s. Write more of the name", name, strings.Join(meant[:min(len(meant), 5)], ", "))
	}
	return "", "", fmt.Errorf("no handler is called %q%s docs/commands.md has all of them", name, orStop(spelling.DidYouMean(name, known)))
}

// handlers returns the names of the handlers that can be paused.
func (t *tool) handlers() ([]string, error) {
	registry, err := t.Content.Registry(handler.Services{Channels: byName{}, HTTP: offline{}})
	if err != nil {
		return nil, err
	}
	return consumer.PausableHandlers(registry), nil
}

// oneOf returns the one of the names that is meant: the same, or the only one that has its
// words. Quotes and case are ignored.
func oneOf(name string, known []string) (string, bool) {
	if slices.Contains(known, name) {
		return name, true
	}
	meant := likeName(name, known)
	for _, k := range meant {
		if spelling.Bare(k) == spelling.Bare(name) {
			return k, true
		}
	}
	if len(meant) == 1 {
		return meant[0], true
	}
	return "", false
}

// likeName returns the names that contain a name as whole words.
func likeName(name string, known []string) (meant []string) {
	for _, k := range known {
		if spelling.Bare(name) != "" && spelling.HasWords(k, name) {
			meant = append(meant, k)
		}
	}
	return meant
}

func namesOf(set []control.Control, kind control.Kind) (names []string) {
	for _, c := range set {
		if c.Kind == kind {
			names = append(names, c.Name)
		}
	}
	return names
}

func whyFlag(c *cobra.Command, why *string) {
	c.Flags().StringVar(why, "why", "", "the `reason`, for other operators")
}

// set sets a control, and reports it.
func (t *tool) set(ctx context.Context, d *deployment, action audit.Action, c control.Control, done string) error {
	c.By = d.who
	var stored control.Control
	var isNew bool
	on := c
	if strings.Contains(c.Label, "@") { // the audit and the log have no addresses
		on.Label = consumerslack.MaskEmail(c.Label)
	}
	err := d.do(ctx, action, on.String(), c.Why, func(ctx context.Context) (_ int64, err error) {
		stored, isNew, err = d.controls.Set(ctx, c)
		return 0, err
	})
	if err != nil {
		return err
	}
	was := ""
	if !isNew {
		was = " It was before; who, when and why are new."
	}
	return t.report(controlJSON(stored), "%s %s. All processes know within 5 seconds.%s", done, oneLine(stored.String(), 400), was)
}

// clear ends a control, and reports it.
func (t *tool) clear(ctx context.Context, d *deployment, action audit.Action, set []control.Control, kind control.Kind, name, done string) error {
	var ended control.Control
	err := d.do(ctx, action, control.Control{Kind: kind, Name: name}.String(), "", func(ctx context.Context) (_ int64, err error) {
		ended, err = d.controls.Clear(ctx, kind, name)
		return 0, err
	})
	if errors.Is(err, control.ErrNotSet) {
		names := namesOf(set, kind)
		if len(names) == 0 {
			return fmt.Errorf("%w; there is no such %s", err, kind)
		}
		return fmt.Errorf("%w%s These are: %s", err, orStop(spelling.DidYouMean(name, names)), oneLine(strings.Join(names, ", "), 500))
	}
	if err != nil {
		return err
	}
	return t.report(controlJSON(ended), "%s %s, since %s by %s. All processes know within 5 seconds.",
		done, oneLine(ended.String(), 400), ended.At.Local().Format(time.DateTime), oneLine(ended.By, 100))
}

// setControl is control.Control in JSON.
type setControl struct {
	control.Control
	Since time.Time `json:"since"`
}

func controlJSON(c control.Control) setControl { return setControl{c, c.At.UTC()} }

func (t *tool) paused() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:     "paused",
		Short:   "List what is paused, silenced and ignored, by whom, since when and why",
		Example: `  gopherbot paused --json | jq '.[] | select(.kind == "handler")'`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return t.open(c.Context(), func(d *deployment) error {
				set, err := d.controls.List(c.Context())
				if err != nil {
					return err
				}
				return t.printControls(set)
			})
		},
	})
}

func (t *tool) printControls(set []control.Control) error {
	if t.json {
		list := []setControl{}
		for _, c := range set {
			list = append(list, controlJSON(c))
		}
		return printJSON(t.Out, list)
	}
	if len(set) == 0 {
		_, err := fmt.Fprintln(t.Out, "Nothing is paused, no channel is silenced, nobody is ignored.")
		return err
	}
	rows := [][]string{{"KIND", "NAME", "LABEL", "SINCE", "BY", "WHY"}}
	for _, c := range set {
		rows = append(rows, []string{
			string(c.Kind), oneLine(c.Name, 100), oneLine(c.Label, 40), c.At.Local().Format(time.DateTime), oneLine(c.By, 30), oneLine(c.Why, 100),
		})
	}
	return printTable(t.Out, rows)
}
