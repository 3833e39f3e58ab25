// Package client is a client of Sharkfin, a self-hosted chat server for people, agents and
// services (github.com/Work-Fort/Sharkfin). It has the names of the server's own Go client, so
// that a program changes only the import path.
//
// [Client] connects to the server's WebSocket. It gets events, and makes all requests:
//
//	c, err := client.Dial(ctx, "ws://localhost:16000/ws",
//		client.WithAPIKey(key), client.WithReconnect(client.Backoff(time.Second, time.Minute)))
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for e := range c.Events() {
//		if m, err := e.AsMessage(); err == nil {
//			fmt.Println(m.From, m.Body)
//		}
//	}
//	return c.Err()
//
// [RESTClient] uses HTTP. It has no goroutines and gets no events. A message that it posts is not
// sent to connected clients:
//
//	c := client.NewRESTClient("http://localhost:16000", client.WithAPIKey(key))
//	id, err := c.SendMessage(ctx, "general", "hello", nil)
//
// # To miss nothing
//
// Events are hints. The server drops them when too many wait, does not send those of messages
// that are posted by REST, sends them out of order, and stops sending them to a connection when
// another with the same identity connects. A program that must not miss a message remembers, for
// each channel, the last id that it has read, and calls [Client.All] after each event, after
// "reconnect" and "lost", and once a minute. [WithEcho] reports a connection that gets no events
// any more.
//
// # Errors
//
// An answer of the server that is an error is a [ServerError]. With errors.Is it is
// [ErrNotFound], [ErrConflict] and so on. A call whose time runs out is [ErrTimeout], one without
// a connection [ErrNotConnected], and one after Close [ErrClosed].
package client
