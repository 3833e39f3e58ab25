package tracing

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/go-logr/logr/funcr"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// exporter sends spans to the collector. A collector that is away is no trouble
// of the bot's: that is logged once, and again when it is back.
type exporter struct {
	sdk.SpanExporter
	// hide takes out of a text what must not be logged.
	hide    *strings.Replacer
	log     zerolog.Logger
	failing atomic.Bool
	// exporting ends with giveUp.
	exporting context.Context
	giveUp    context.CancelFunc
}

func newExporter(ctx context.Context, to sdk.SpanExporter, hide *strings.Replacer, log zerolog.Logger) *exporter {
	e := &exporter{SpanExporter: to, hide: hide, log: log}
	e.exporting, e.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	return e
}

// ExportSpans implements sdk.SpanExporter.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.exporting, cancel)()
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err == nil && e.failing.Swap(false):
		e.log.Info().Msg("traces are exported again")
	case err != nil && e.failing.Swap(true):
		e.log.Debug().Str("error", e.redact(err)).Int("spans", len(spans)).Msg("traces are lost")
	case err != nil:
		e.log.Warn().Str("error", e.redact(err)).Int("spans", len(spans)).Msg("traces cannot be exported, and are lost until they can")
	}
	return nil // OpenTelemetry has no better idea than to print it
}

// maxError is how much of an error is logged.
const maxError = 500

// redact returns what an error says. It holds the collector's answer, which may
// repeat what it was sent.
func (e *exporter) redact(err error) string {
	text := e.hide.Replace(err.Error())
	if len(text) > maxError {
		text = text[:maxError] + "…"
	}
	return text
}

// logLibrary has OpenTelemetry log to log what else it has to say, which is about
// variables that it cannot make use of, and which it would print. It is for the
// whole process.
func logLibrary(log zerolog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn().Str("from", "opentelemetry").Err(err).Msg("tracing")
	}))
	otel.SetLogger(funcr.New(func(_, what string) {
		log.Warn().Str("from", "opentelemetry").Str("what", what).Msg("tracing")
	}, funcr.Options{}))
}
