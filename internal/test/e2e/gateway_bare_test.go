package e2e

import (
	"context"
	"io"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"
)

// bareServerVariable has this test's binary run as a bare server: one that batches
// if it is "true".
const bareServerVariable = "GOPHER_BARE_SERVER"

// maxBareBatch is how many bodies a batching server adds in one pipeline.
const maxBareBatch = 256

// bareServer serves on PORT what BenchmarkGateway and BenchmarkNotify compare the gateway with, if the
// environment says so, and reports whether it did.
func bareServer(ctx context.Context) (served bool) {
	batch, ok := os.LookupEnv(bareServerVariable)
	if !ok {
		return false
	}
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		panic(err)
	}
	rdb := redis.NewClient(options)
	xadd := func(ctx context.Context, rdb redis.Cmdable, body []byte) *redis.StringCmd {
		return rdb.XAdd(ctx, &redis.XAddArgs{Stream: "bare", Values: []any{"e", body}})
	}
	add := func(ctx context.Context, body []byte) error { return xadd(ctx, rdb, body).Err() }
	if batch == "true" {
		type item struct {
			body []byte
			done chan error
		}
		items := make(chan item, maxBareBatch)
		for range 2 { // one makes up the next batch while Redis works on the other
			go func() {
				for first := range items {
					batch := []item{first}
					for more := true; more && len(batch) < maxBareBatch; {
						select {
						case next := <-items:
							batch = append(batch, next)
						default:
							more = false
						}
					}
					_, err := rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
						for _, it := range batch {
							xadd(ctx, pipe, it.body)
						}
						return nil
					})
					for _, it := range batch {
						it.done <- err
					}
				}
			}()
		}
		add = func(ctx context.Context, body []byte) error {
			it := item{body, make(chan error, 1)}
			items <- it
			select {
			case err := <-it.done:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = add(r.Context(), body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}
