package notifyconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// Secret is a secret value. However it is printed, it prints as [redacted].
type Secret []byte

const redacted = "[redacted]"

func (s Secret) String() string { return redacted }

// Format implements fmt.Formatter: no verb shows more than String does.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText implements encoding.TextMarshaler, for JSON and loggers.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// maxSecret bounds the size of a secret in a file, in bytes.
const maxSecret = 64 << 10

// secret returns a secret, to which the document refers, and "" with a mistake if there is
// none. No mistake repeats a value, which may be a secret itself.
func (v value) secret() string {
	reference := v.text()
	if reference == "" {
		return ""
	}
	kind, name, _ := strings.Cut(reference, ":")
	switch kind {
	case "env":
		return v.variable(name, true)
	case "file":
		return v.file(name)
	case "vault":
		v.wrong("vault: is not supported: put the secret in an environment variable and write env:NAME")
		return ""
	}
	if !v.in.Literals {
		v.wrong("a secret in the document is accepted only if ENV is development or testing: write env:NAME, or file:/path")
		return ""
	}
	return reference
}

// variable returns the value of an environment variable, and "" with a mistake if it is not
// set.
func (v value) variable(name string, secret bool) string {
	if !variablePattern().MatchString(name) {
		v.wrong("want env: and the name of an environment variable, such as env:NOTIFY_KEY")
		return ""
	}
	if secret && !slices.Contains(v.variables, name) {
		v.variables = append(v.variables, name)
	}
	if v.in.Getenv != nil {
		if text := strings.TrimSpace(v.in.Getenv(name)); text != "" {
			return text
		}
	}
	v.wrong("the environment variable %s is not set, or empty", name)
	return ""
}

// file returns the content of a file, without the line's end.
func (v value) file(path string) string {
	content, err := readFile(path, maxSecret)
	switch {
	case err != nil:
		v.wrong("read the secret: %v", err)
	case !utf8.Valid(content) || len(bytes.TrimSpace(content)) == 0:
		v.wrong("%s is empty, or not a text", quote(path))
	default:
		return string(bytes.TrimSpace(content))
	}
	return ""
}

// readFile returns the content of a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, atPath(path, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, atPath(path, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", quote(path), limit)
	}
	return content, nil
}

// atPath returns an error about a file in one line, whatever the path is.
func atPath(path string, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	return fmt.Errorf("%s: %w", quote(path), err)
}

// reference returns a text that is no secret, or the variable to which it refers.
func (v value) reference() string {
	text := v.text()
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		return v.variable(name, false)
	}
	return text
}
