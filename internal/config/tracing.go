package config

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Endpoint is where traces are sent, without what OpenTelemetry would leave out
// of an address: a user, a query and a fragment.
type Endpoint string

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Endpoint) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("not an endpoint")
	}
	*e = Endpoint(text)
	return nil
}

// Headers are HTTP headers with which somebody is let in.
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
	list, _ := headers(h.value) // it was read before
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

// Protocol is how traces are sent. There is one.
type Protocol string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Protocol) UnmarshalText(text []byte) error {
	if *p = Protocol(text); *p != "http/protobuf" {
		return errors.New("not a protocol that is spoken here")
	}
	return nil
}

// Exporter is what becomes of traces.
type Exporter string

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Exporter) UnmarshalText(text []byte) error {
	if *e = Exporter(text); *e != "otlp" && *e != "none" {
		return errors.New("not an exporter that is known here")
	}
	return nil
}

// TracesEndpoint returns where traces are sent, "" when none are to be made.
func (c Config) TracesEndpoint() string {
	switch {
	case c.OTelDisabled, c.OTelExporter == "none":
		return ""
	case c.OTelTracesEndpoint != "":
		return string(c.OTelTracesEndpoint) // as it is
	case c.OTelEndpoint != "":
		return strings.TrimSuffix(string(c.OTelEndpoint), "/") + "/v1/traces"
	default:
		return ""
	}
}

// TracesHeaders returns what is sent along with traces. The headers for traces
// stand in for those for everything, and are not added to them.
func (c Config) TracesHeaders() map[string]string {
	if c.OTelTracesHeaders.value != "" {
		return c.OTelTracesHeaders.Reveal()
	}
	return c.OTelHeaders.Reveal()
}
