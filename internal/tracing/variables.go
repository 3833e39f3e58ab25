package tracing

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// defaultTimeout bounds one request to the collector, unless OTEL_EXPORTER_OTLP_TIMEOUT does.
const defaultTimeout = 10 * time.Second

// newClient returns a client that is configured by OpenTelemetry's variables, those that
// config does not declare: for timeouts, compression and certificates. It logs and ignores
// bad values.
// Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
func newClient(endpoint string, headers map[string]string, log zerolog.Logger) *client {
	ignored := func(variable, problem string) {
		log.Warn().Str("variable", variable).Str("error", problem).Msg("tracing: the variable is ignored")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{}
	if name, file := variable("CERTIFICATE"); file != "" {
		pool, err := authorities(file)
		if err != nil {
			ignored(name, err.Error())
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	if name, file := variable("CLIENT_CERTIFICATE"); file != "" {
		_, key := variable("CLIENT_KEY")
		certificate, err := tls.LoadX509KeyPair(file, key)
		if err != nil {
			ignored(name, err.Error())
		} else {
			transport.TLSClientConfig.Certificates = []tls.Certificate{certificate}
		}
	}
	timeout := defaultTimeout
	if name, value := variable("TIMEOUT"); value != "" {
		if ms, err := strconv.ParseUint(value, 10, 31); err != nil || ms == 0 {
			ignored(name, value+" is not a number of milliseconds")
		} else {
			timeout = time.Duration(ms) * time.Millisecond
		}
	}
	name, compression := variable("COMPRESSION")
	if compression != "" && compression != "gzip" && compression != "none" {
		ignored(name, compression+" is neither gzip nor none")
	}
	return &client{endpoint, headers, compression == "gzip", &http.Client{Transport: transport, Timeout: timeout}}
}

// variable returns the name and the value of the variable for traces or, if that is not
// set, of the one for all signals.
func variable(of string) (name, value string) {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"} {
		if value := strings.TrimSpace(os.Getenv(prefix + of)); value != "" {
			return prefix + of, value
		}
	}
	return "", ""
}

// authorities reads the certificates that a collector's may be signed by.
func authorities(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, errors.New("the file has no certificate in PEM")
	}
	return pool, nil
}
