package app

import (
	"slices"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
)

// contentVariables returns the names of the environment variables that content reads.
func contentVariables(content handler.Content) []string {
	var names []string
	// A consumer reports the error when it builds the registry.
	_, _ = content.Registry(handler.Services{Setting: func(name string) string {
		names = append(names, name)
		return ""
	}})
	slices.Sort(names)
	return slices.Compact(names)
}

// unknownVariables returns the variables that look like ours and that nothing reads.
func unknownVariables(content handler.Content, environ []string) []config.UnknownVariable {
	list := config.UnknownVariables(environ, nil)
	if len(list) == 0 {
		return nil // most often; nothing else need be asked
	}
	return config.UnknownVariables(environ, append(contentVariables(content), notifyVariables(content, environ)...))
}

// notifyVariables returns the names of the variables that the document of the notification API
// reads.
func notifyVariables(content handler.Content, environ []string) []string {
	c, _ := config.LoadAll(environ) // its errors, and those of the document, are reported elsewhere
	n, _ := c.Notify(config.NotifyOptions{Environ: environ, Handlers: content.CallbackTypes()})
	return n.Variables
}

// Warnings returns a line for each thing in environ, which is in the form of os.Environ,
// that works but is probably a mistake: a deprecated or unknown variable.
func Warnings(content handler.Content, environ []string) []string {
	var list []string
	for _, d := range config.Deprecations(environ) {
		list = append(list, d.String())
	}
	for _, u := range unknownVariables(content, environ) {
		list = append(list, u.String())
	}
	return list
}
