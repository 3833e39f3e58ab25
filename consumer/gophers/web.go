package gophers

import "github.com/gobridge/gopherbot/handler"

var httpTimeouts = handler.Command{
	Trigger:  "http timeouts",
	Aliases:  []string{"http timeout", "timeouts"},
	Help:     "tells which timeouts HTTP clients and servers need",
	Examples: []handler.Example{{Say: "http timeouts", Want: "ReadHeaderTimeout"}},
	Text: lines(
		"By default neither clients nor servers have timeouts: `http.Get` may wait forever, and a slow client may hold a connection to `http.ListenAndServe` forever. Make your own:",
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
		"• For a single request: `http.NewRequestWithContext`. The client's `Timeout` includes reading the body.",
		"• `WriteTimeout` would cut off streams and long downloads; there, <https://pkg.go.dev/net/http#ResponseController|http.ResponseController> sets the deadline of each response.",
		"• Make one client and use it everywhere, and close every response's body. A server bounds what it reads with `http.MaxBytesReader`.",
		"More: <https://blog.cloudflare.com/the-complete-guide-to-golang-net-http-timeouts/|The complete guide to Go net/http timeouts>, <https://pkg.go.dev/net/http#Server|http.Server>.",
	),
}

var databaseTutorial = handler.Command{
	Trigger:  "database tutorial",
	Aliases:  []string{"databases", "database", "sql"},
	Help:     "tells how to use a database",
	Examples: []handler.Example{{Say: "databases", Want: "Accessing a relational database"}},
	Text: lines(
		"<https://go.dev/doc/tutorial/database-access|Accessing a relational database> is the tutorial, and <https://go.dev/doc/database/|Accessing databases> tells the rest: queries, transactions, cancellation, connections. <https://go.dev/wiki/SQLDrivers|SQL drivers> has one for yours.",
		"• A `*sql.DB` is a pool: open it once, share it, and bound it with `SetMaxOpenConns`.",
		"• Values go into placeholders, never into the text of a query: that is how <https://go.dev/doc/database/sql-injection|SQL injection> is avoided.",
		"• `defer rows.Close()`, and ask `rows.Err()` after the loop.",
		"• Use the variants with a context: `QueryContext`, `ExecContext`, `BeginTx`.",
		"Many use <https://github.com/jackc/pgx|pgx> for PostgreSQL, and <https://sqlc.dev/|sqlc>, which writes the Go for the SQL that you write.",
	),
}
