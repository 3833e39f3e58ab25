package app

import (
	"cmp"
	"context"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

// notifyAPI is the notification API of a gateway.
type notifyAPI struct {
	*notify.API
	publisher *workqueue.Publisher
}

// serveNotify adds the notification API to a gateway, if it has keys. Its publisher is its
// own: it remembers keys for longer, and lets less wait.
func (e env) serveNotify(a processRuntime, server *gateway.Server) (*notifyAPI, error) {
	if len(e.notify.Keys) == 0 {
		return nil, nil
	}
	app := string(e.config.App)
	publisher, err := workqueue.NewPublisher(a.rdb, workqueue.PublisherOptions{
		App: app, Shards: int(e.config.QueueShards), DedupWindow: notify.DedupWindow, Log: e.log,
		MaxBacklog: cmp.Or(int(e.config.QueueMaxBacklog), notify.MaxBacklog),
	})
	if err != nil {
		return nil, err
	}
	var bots []notify.Bot
	for _, p := range e.platforms() {
		bots = append(bots, p.bot(e, a))
	}
	api, err := notify.New(notify.Options{
		Config: e.notify, Bots: bots, Receipts: receipt.New(a.rdb, app), Blobs: blob.New(a.rdb, app, blob.Options{}),
		Publisher: e.tracer.CompanionPublisher(publisher), Shadow: !e.config.Production(), Observe: a.metrics.NotifyRequests(notify.Endpoints()...), Log: e.log,
	})
	if err != nil {
		return nil, err
	}
	server.Handle(api.Pattern(), api)
	e.serveNotifyDocs(server, api.Pattern())
	e.log.Info().Str("path", api.Pattern()).Int("keys", len(e.notify.Keys)).Msg("gateway serves the notification API")
	return &notifyAPI{api, publisher}, nil
}

// counts returns what the API's publisher was given.
func (n *notifyAPI) counts() []workqueue.PublishCounts {
	if n == nil {
		return nil
	}
	return n.publisher.Counts()
}

// running adds the API to what a gateway runs.
func (n *notifyAPI) running(all []func(context.Context) error) []func(context.Context) error {
	if n == nil {
		return all
	}
	return append(all, n.Run)
}
