package consumer

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// shadow is a Responder that posts nothing and logs the calls of its methods.
type shadow struct{ log zerolog.Logger }

func (s shadow) would(what string) *zerolog.Event {
	return s.log.Info().Str("would", what)
}

// Render leaves the text in the dialect of handler/markup.
func (s shadow) Render(_ context.Context, reply handler.Reply) ([]Rendered, error) {
	return []Rendered{{Text: reply.Text}}, nil
}

// Post logs the length of a reply, never its text.
func (s shadow) Post(_ context.Context, kind PostKind, m Rendered) error {
	s.would(map[PostKind]string{
		PostReply: "reply", PostThread: "reply in a thread", PostEphemeral: "reply to the author alone", PostDM: "send a direct message",
	}[kind]).Int("length", len(m.Text)).Msg("shadow mode")
	return nil
}

// Link returns "": nothing is posted.
func (s shadow) Link() string { return "" }

func (s shadow) React(_ context.Context, emoji string) error {
	s.would("react").Str("emoji", emoji).Msg("shadow mode")
	return nil
}

func (s shadow) Reply(ctx context.Context, reply handler.Reply) error {
	return s.Post(ctx, ReplyKind(reply), Rendered{Text: reply.Text})
}

func (s shadow) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return s.Post(ctx, PostEphemeral, Rendered{Text: reply.Text})
}

func (s shadow) PostIn(_ context.Context, channel string, reply handler.Reply) error {
	s.would("post").Str("channel", channel).Int("length", len(reply.Text)).Msg("shadow mode")
	return nil
}

func (s shadow) Edit(_ context.Context, reply handler.Reply) error {
	s.would("edit its message").Int("length", len(reply.Text)).Msg("shadow mode")
	return nil
}

func (s shadow) OpenForm(_ context.Context, form *handler.Form, _ string) error {
	s.would("open a form").Str("form", form.ID).Msg("shadow mode")
	return nil
}

func (s shadow) DM(ctx context.Context, reply handler.Reply) error {
	return s.Post(ctx, PostDM, Rendered{Text: reply.Text})
}

// shadow returns a function that makes the Responder of an event in shadow mode.
func (d *Dispatcher) shadow(e *workqueue.Delivery) func() Responder {
	log := d.opts.Log.With().Str("event_id", e.ID).Str("request_id", e.RequestID).Logger()
	return func() Responder { return shadow{log} }
}
