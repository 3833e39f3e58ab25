package app

import (
	"strings"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify/docs"
	"github.com/gobridge/gopherbot/internal/build"
)

// serveNotifyDocs adds the documents about the notification API to a gateway, unless the
// configuration says "docs: false". pattern is the API's.
func (e env) serveNotifyDocs(server *gateway.Server, pattern string) {
	if !e.notify.Docs {
		return
	}
	for pattern, handler := range docs.Handlers(docs.Options{
		PublicURL: e.config.Gateway(), BasePath: strings.TrimSuffix(pattern, "/"), Version: build.Read().Version, Proxied: e.notify.TrustedProxies > 0,
	}) {
		server.Handle(pattern, handler)
	}
}
