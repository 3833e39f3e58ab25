// Package client is a client of Sharkfin, a self-hosted chat server for people, agents and
// services. It has the names of the server's own Go client, so that a program changes only the
// import path.
//
// [RESTClient] uses HTTP. It has no goroutines and gets no events. A message that it posts is not
// sent to connected clients.
//
//	c := client.NewRESTClient("http://localhost:16000", client.WithAPIKey(key))
//	id, err := c.SendMessage(ctx, "general", "hello", nil)
package client
