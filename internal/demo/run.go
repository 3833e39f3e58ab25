package demo

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/rungroup"
)

// process returns a process of the bot.
func (d *demo) process(r *app.Role) *supervised {
	log := d.Log.With().Str("process", r.String()).Logger()
	return &supervised{network: d.network, serving: make(chan struct{}), run: func(ctx context.Context, p *process) error {
		log := log.Hook(zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
			if !p.alive() {
				e.Discard() // the dead do not write
			}
		}))
		hooks := d.journeys(p.alive)
		hooks.Serving = p.serving
		return app.Run(ctx, r, d.Content, app.Options{
			Environ: append([]string{"REDIS_URL=" + p.line.url()}, d.environ...), Listener: d.back, Hooks: hooks, Dial: p.http.dial, Log: log,
		})
	}}
}

// run runs all parts until ctx ends or one of them fails.
func (d *demo) run(ctx context.Context) error {
	// The bot stops before the platform does, so that its last replies arrive.
	platform, stopPlatform := context.WithCancel(context.WithoutCancel(ctx))
	return rungroup.Run(ctx,
		func(context.Context) error {
			return rungroup.Run(platform, d.workspace.Run, d.serve)
		},
		func(ctx context.Context) error {
			defer stopPlatform()
			return d.runBot(ctx)
		},
	)
}

// runBot runs the bot's processes, and what people control on the page.
func (d *demo) runBot(ctx context.Context) error {
	gateway, bgtasks := d.process(app.Gateway), d.process(app.BGTasks)
	return rungroup.Run(ctx,
		gateway.Run, d.consumer.Run, bgtasks.Run, d.controls.tour.run, d.controls.faults.Run,
		func(ctx context.Context) error {
			for _, p := range []*supervised{gateway, d.consumer, bgtasks} {
				if !p.ready(ctx) {
					return nil // it could not start
				}
			}
			if d.connected != nil && !d.connected(ctx) {
				return nil
			}
			if d.Note != nil {
				for _, note := range d.controls.notes {
					d.Note(note)
				}
			}
			d.Started(d.url())
			<-ctx.Done()
			return nil
		},
	)
}
