package config

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Endpoint is the address to which traces are sent. It has no user, query or fragment:
// OpenTelemetry would drop them. It is a secret, because some collectors want a key in
// the path.
type Endpoint struct{ Secret }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Endpoint) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("not an endpoint")
	}
	return e.Secret.UnmarshalText(text)
}

// Headers are HTTP headers that authenticate the process.
type Headers struct{ Secret }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Headers) UnmarshalText(text []byte) error {
	if _, err := headers(string(text)); err != nil {
		return err
	}
	return h.Secret.UnmarshalText(text)
}

// Reveal returns the headers themselves, by their names.
func (h Headers) Reveal() map[string]string {
	list, _ := headers(h.value) // UnmarshalText has checked it
	return list
}

func headers(text string) (map[string]string, error) {
	list := map[string]string{}
	if text == "" {
		return list, nil
	}
	for header := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(header, "=")
		value, err := url.PathUnescape(value)
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || err != nil || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, errors.New("not a header")
		}
		list[name] = value
	}
	return list, nil
}

// tracesOff reports whether traces are turned off.
func (c Config) tracesOff() bool {
	return c.OTelDisabled || c.OTelExporter == "none" || c.OTelEndpoint.value == "" && c.OTelTracesEndpoint.value == ""
}

// checkTraces returns an error for each variable of traces whose value is not
// supported. The variables are OpenTelemetry's and may be set for other programs, so if
// traces are off any value is accepted.
func (c Config) checkTraces() error {
	if c.tracesOff() {
		return nil
	}
	const exporter, protocol = "otlp", "http/protobuf"
	bad := map[string]bool{
		"OTEL_TRACES_EXPORTER":               !unsetOr(c.OTelExporter, exporter),
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": !unsetOr(c.OTelTracesProtocol, protocol),
		// It applies unless there is one for traces.
		"OTEL_EXPORTER_OTLP_PROTOCOL": c.OTelTracesProtocol == "" && !unsetOr(c.OTelProtocol, protocol),
	}
	var errs []error
	for _, v := range Variables() {
		if bad[v.Name] {
			errs = append(errs, v.invalid())
		}
	}
	return errors.Join(errs...)
}

// unsetOr reports whether a variable is not set or has the wanted value.
func unsetOr(value, want string) bool { return value == "" || value == want }

// TracesEndpoint returns the address to which traces are sent, "" if they are off.
func (c Config) TracesEndpoint() string {
	switch {
	case c.tracesOff():
		return ""
	case c.OTelTracesEndpoint.value != "":
		return c.OTelTracesEndpoint.Reveal() // as it is
	default:
		return strings.TrimSuffix(c.OTelEndpoint.Reveal(), "/") + "/v1/traces"
	}
}

// TracesHeaders returns the headers that are sent with traces. The headers for traces
// replace the general ones.
func (c Config) TracesHeaders() map[string]string {
	if c.OTelTracesHeaders.value != "" {
		return c.OTelTracesHeaders.Reveal()
	}
	return c.OTelHeaders.Reveal()
}
