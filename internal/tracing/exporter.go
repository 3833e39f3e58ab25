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

// exporter sends spans to the collector. A collector that does not answer does not affect
// the bot: the exporter logs it once, and once when the collector answers again.
type exporter struct {
	sdk.SpanExporter
	// hide replaces secrets in a text that is logged.
	hide    *strings.Replacer
	log     zerolog.Logger
	failing atomic.Bool
	// exporting is the context of all exports; cancel ends it.
	exporting context.Context
	cancel    context.CancelFunc
}

func newExporter(ctx context.Context, to sdk.SpanExporter, hide *strings.Replacer, log zerolog.Logger) *exporter {
	e := &exporter{SpanExporter: to, hide: hide, log: log}
	e.exporting, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
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
		e.log.Warn().Str("error", e.redact(err)).Int("spans", len(spans)).Msg("export traces: the collector does not accept them, and they are lost until it does")
	}
	return nil // OpenTelemetry would print the error
}

// maxError bounds the bytes of a logged error.
const maxError = 500

// redact returns the text of an error without secrets. The error has the collector's
// answer, which may repeat the request.
func (e *exporter) redact(err error) string {
	text := e.hide.Replace(err.Error())
	if len(text) > maxError {
		text = text[:maxError] + "…"
	}
	return text
}

// logLibrary redirects OpenTelemetry's own messages to log; by default it prints them.
// They are about invalid variables. It affects the whole process.
func logLibrary(log zerolog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn().Str("from", "opentelemetry").Err(err).Msg("tracing")
	}))
	otel.SetLogger(funcr.New(func(_, message string) {
		log.Warn().Str("from", "opentelemetry").Str("detail", message).Msg("tracing")
	}, funcr.Options{}))
}
