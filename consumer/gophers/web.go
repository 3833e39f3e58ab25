package gophers

import "github.com/gobridge/gopherbot/handler"

var httpTimeouts = handler.Command{
	Trigger:  "http timeouts",
	Aliases:  []string{"http timeout", "timeouts"},
	Help:     "tells you which timeouts HTTP clients and servers need",
	Examples: []handler.Example{{Say: "http timeouts", Want: "ReadHeaderTimeout"}},
	Text: lines(
		"By default there's no limit for a whole request. `http.Get` gives up if it can't connect (30 s) or agree on TLS (10 s), but then it'll wait for an answer forever. And `http.ListenAndServe` has no timeouts at all, so a slow client can hold a connection forever. So set your own:",
		"```",
		"client := &amp;http.Client{Timeout: 10 * time.Second}",
		"",
		"server := &amp;http.Server{",
		"\tAddr:              \":8080\",",
		"\tHandler:           mux,",
		"\tReadHeaderTimeout: 5 * time.Second,",
		"\tReadTimeout:       10 * time.Second,",
		"\tWriteTimeout:      30 * time.Second,",
		"\tIdleTimeout:       2 * time.Minute,",
		"}",
		"```",
		"• For a single request, use `http.NewRequestWithContext`. The client's `Timeout` includes reading the body.",
		"• `WriteTimeout` cuts off streams and long downloads. For those, <https://pkg.go.dev/net/http#ResponseController|http.ResponseController> sets a deadline for each response.",
		"• Make one client and use it everywhere, and close every response's body. In a server, limit how much you read with `http.MaxBytesReader`.",
		"More: <https://blog.cloudflare.com/the-complete-guide-to-golang-net-http-timeouts/|The complete guide to Go net/http timeouts>, <https://pkg.go.dev/net/http#Server|http.Server>.",
	),
}

var databaseTutorial = handler.Command{
	Trigger:  "database tutorial",
	Aliases:  []string{"databases", "database", "sql"},
	Help:     "shows you how to use a database",
	Examples: []handler.Example{{Say: "databases", Want: "Accessing a relational database"}},
	Text: lines(
		"<https://go.dev/doc/tutorial/database-access|Accessing a relational database> is a good tutorial, and <https://go.dev/doc/database/|Accessing databases> covers the rest: queries, transactions, cancellation, connections. You'll find a driver for your database among the <https://go.dev/wiki/SQLDrivers|SQL drivers>.",
		"• A `*sql.DB` is a pool: open it once, share it, and limit it with `SetMaxOpenConns`.",
		"• Pass values through placeholders, never in the text of a query. That's how you avoid <https://go.dev/doc/database/sql-injection|SQL injection>.",
		"• `defer rows.Close()`, and check `rows.Err()` after the loop.",
		"• Use the methods that take a context: `QueryContext`, `ExecContext`, `BeginTx`.",
		"Many people use <https://github.com/jackc/pgx|pgx> for PostgreSQL, and <https://sqlc.dev/|sqlc>, which writes the Go code for your SQL.",
	),
}
