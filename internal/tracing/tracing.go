// Package tracing exports traces to an OpenTelemetry collector. One trace follows an
// event: the request that brings it, the queue, each attempt to handle it, and the
// calls of a platform's API that answer it.
//
// It is the only package that knows OpenTelemetry. It sets no global provider, because
// several of the bot's processes may run in one program. It exports names, ids, types and
// outcomes, and never a secret, the text of a message, or the text of an error, which may
// quote one.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gobridge/gopherbot/internal/config"
)

// Tracer makes the spans of a process. A nil Tracer makes none: its Publisher returns
// its argument, Stop does nothing, and the other methods must not be called.
type Tracer struct {
	trace.Tracer
	provider *sdk.TracerProvider
	exporter *exporter
	log      zerolog.Logger
}

// New returns the Tracer of a process, or nil if c turns traces off. OpenTelemetry reads
// the variables that c does not declare, such as those for sampling, timeouts and
// certificates, from the environment itself.
func New(ctx context.Context, c config.Config, p config.Process, log zerolog.Logger) (*Tracer, error) {
	endpoint := c.TracesEndpoint()
	if endpoint == "" {
		return nil, nil
	}
	logLibrary(log)
	whose, err := describe(ctx, c, p)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("parse the address that traces are sent to: it is not a URL; set OTEL_EXPORTER_OTLP_ENDPOINT")
	}
	headers := c.TracesHeaders()
	// The process has dropped the variables of headers from its environment.
	to, err := otlptrace.New(ctx, newClient(endpoint, headers, log))
	if err != nil {
		return nil, fmt.Errorf("send traces to %s: %w", address.Host, err)
	}
	hidden := []string{endpoint, address.Host} // some collectors have a key in the path
	for _, value := range headers {
		if value != "" {
			hidden = append(hidden, value, "[redacted]")
		}
	}
	e := newExporter(ctx, to, strings.NewReplacer(hidden...), log)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(e), sdk.WithResource(whose), sdk.WithoutPanicRecording())
	log.Info().Str("collector", address.Host).Msg("traces are exported")
	return &Tracer{provider.Tracer("github.com/gobridge/gopherbot"), provider, e, log}, nil
}

// flushTimeout bounds the export of the last spans. Heroku gives a dyno 30 seconds to
// stop, of which the work may have taken 25.
const flushTimeout = 2 * time.Second

// Stop exports the remaining spans within 2 s. Call it when the process has stopped its
// work.
func (t *Tracer) Stop(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn().Err(err).Msg("export the last traces: the collector did not accept them in time; they are lost")
	}
	t.exporter.cancel()
}

// describe returns the attributes of the process that makes the traces.
func describe(ctx context.Context, c config.Config, p config.Process) (*resource.Resource, error) {
	ours := []attribute.KeyValue{
		attribute.String("service.name", "gopherbot-"+string(p)),
		attribute.String("service.instance.id", c.Instance()),
		attribute.String("deployment.environment.name", string(c.Env)),
	}
	if commit := c.Commit(); commit != "" {
		ours = append(ours, attribute.String("service.version", commit))
	}
	named := []attribute.KeyValue{}
	if c.OTelServiceName != "" {
		named = append(named, attribute.String("service.name", c.OTelServiceName))
	}
	whose, err := resource.New(ctx, // the later wins
		resource.WithTelemetrySDK(), resource.WithAttributes(ours...), resource.WithFromEnv(), resource.WithAttributes(named...))
	if err != nil { // not wrapped: it repeats the value
		return nil, errors.New("OTEL_RESOURCE_ATTRIBUTES is not valid: want name=value for each attribute, separated by commas, with values percent-encoded")
	}
	return whose, nil
}
