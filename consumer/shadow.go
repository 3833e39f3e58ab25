package consumer

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
)

// shadow is a Responder that does nothing and logs what would have been done.
type shadow struct{ log zerolog.Logger }

func (s shadow) would(what string) *zerolog.Event {
	return s.log.Info().Str("would", what)
}

// Split implements Responder.
func (s shadow) Split(reply handler.Reply) []handler.Reply { return []handler.Reply{reply} }

// Link implements Responder.
func (s shadow) Link() string { return "" }

func (s shadow) React(_ context.Context, emoji string) error {
	s.would("react").Str("emoji", emoji).Msg("shadow mode")
	return nil
}

func (s shadow) Reply(_ context.Context, reply handler.Reply) error {
	s.would("reply").Int("length", len(reply.Text)).Msg("shadow mode")
	return nil
}

func (s shadow) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	s.would("reply to the author alone").Int("length", len(reply.Text)).Msg("shadow mode")
	return nil
}

func (s shadow) DM(_ context.Context, reply handler.Reply) error {
	s.would("send a direct message").Int("length", len(reply.Text)).Msg("shadow mode")
	return nil
}
