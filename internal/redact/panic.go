package redact

import (
	"fmt"
	"runtime"
)

// Panic returns the text of a panic's value for logs and records: the message of
// Go's own errors, such as a nil pointer's, and only the type of any other value,
// since it may quote a message or a server's answer.
func Panic(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}
