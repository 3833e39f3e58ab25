package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

const (
	// alertsChannel is where notifications go that name no channel.
	alertsChannel = "alerts"
	// notifyTimeout bounds a request to the notification API, and maxNotifyAnswer the bytes
	// of its answer.
	notifyTimeout   = 10 * time.Second
	maxNotifyAnswer = 64 << 10
)

// notifier is somebody who uses the notification API: it plays an Alertmanager whose alert
// people fire and resolve on the page. Its requests are real ones to the gateway.
type notifier struct {
	gateway string // its address
	key     string
	changed func()
	client  *http.Client

	turn   sync.Mutex // held during a request
	firing time.Time  // since when; the zero time if the alert does not fire

	mu    sync.Mutex
	shown page.Notify
}

// newNotifier returns a notifier with a key that nobody else has.
func newNotifier(gateway net.Addr, changed func()) *notifier {
	n := &notifier{
		gateway: "http://" + gateway.String(), key: rand.Text() + rand.Text(), changed: changed,
		client: &http.Client{Timeout: notifyTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	n.shown = page.Notify{
		Curl: fmt.Sprintf("curl -H 'X-API-Key: %s' -F message='Hello from curl' %s/api/v1/send", n.key, n.gateway),
		Docs: n.gateway + "/docs/", Channel: alertsChannel,
	}
	return n
}

// environ returns the settings of the API, which posts on a platform.
func (n *notifier) environ(platform string) []string {
	return []string{"GOPHER_NOTIFY_KEYS=" + n.key, "GOPHER_NOTIFY_CHAT=" + event.Target{Source: platform, Channel: alertsChannel}.String()}
}

func (n *notifier) state() *page.Notify {
	n.mu.Lock()
	defer n.mu.Unlock()
	shown := n.shown
	return &shown
}

func (n *notifier) show(firing bool, status string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shown.Firing, n.shown.Status = firing, status
	n.changed()
}

// alert fires the alert, or resolves it. It does nothing if somebody else was faster.
func (n *notifier) alert(ctx context.Context, fire bool) error {
	n.turn.Lock()
	defer n.turn.Unlock()
	since, now := n.firing, time.Now().UTC()
	if fire != since.IsZero() {
		return nil
	}
	if fire {
		since = now
	}
	answer, err := n.post(ctx, webhook(since, now, fire))
	if err != nil {
		n.show(!fire, "")
		return err
	}
	n.firing = time.Time{}
	if fire {
		n.firing = since
	}
	n.show(fire, "The gateway answered "+answer)
	return nil
}

// webhook returns what an Alertmanager sends about the alert. Source:
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
func webhook(since, now time.Time, firing bool) any {
	type object = map[string]any
	status, ends := "firing", time.Time{}
	if !firing {
		status, ends = "resolved", now
	}
	labels := object{"alertname": "DiskAlmostFull", "instance": "db1", "severity": "critical"}
	annotations := object{"summary": "The disk of db1 is 97 % full"}
	return object{
		"version": "4", "groupKey": `{}:{alertname="DiskAlmostFull"}`, "truncatedAlerts": 0, "status": status, "receiver": "gopherbot",
		"groupLabels": object{"alertname": "DiskAlmostFull"}, "commonLabels": labels, "commonAnnotations": annotations,
		"externalURL": "http://alertmanager.example:9093",
		"alerts": []object{{
			"status": status, "labels": labels, "annotations": annotations, "startsAt": since, "endsAt": ends,
			"generatorURL": "http://prometheus.example:9090/graph", "fingerprint": "d12b9ff92d680f5f",
		}},
	}
}

// post sends a webhook to the gateway, and returns the status and the body of its answer.
func (n *notifier) post(ctx context.Context, body any) (string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.gateway+"/api/v1/alertmanager", bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+n.key)
	response, err := n.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("send the alert to the gateway: %w; try again", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxNotifyAnswer))
	if err != nil {
		return "", fmt.Errorf("read the gateway's answer: %w; try again", err)
	}
	answer = bytes.TrimSpace(answer)
	if response.StatusCode >= http.StatusMultipleChoices {
		return "", fmt.Errorf("the gateway answered %s: %s", response.Status, answer)
	}
	return fmt.Sprintf("%s: %s", response.Status, answer), nil
}
