package notifyclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"
)

// Message is a message to send. Only fields that are set are part of the request.
type Message struct {
	// Chat is an alias, or a chat in its platform's own form, "" for the default one.
	Chat   string `json:"chat_id,omitempty"`
	Text   string `json:"message,omitempty"`
	Format string `json:"format,omitempty"` // "plain", "markdown" or "mrkdwn"
	Status string `json:"status,omitempty"` // "ok" or "error"
	// Thread is the message to reply to.
	Thread string `json:"thread,omitempty"`
	// Key is the evolving thing that the message is about, and OnKey what becomes of later
	// messages: "post", "thread" or "update".
	Key   string `json:"key,omitempty"`
	OnKey string `json:"on_key,omitempty"`
	// TTL is the time after which it is not posted any more, such as "10m".
	TTL string `json:"ttl,omitempty"`
	// File is posted with the text.
	File *File `json:"-"`
	// Wait is how long to wait for the post, nil for the gateway's default.
	Wait *time.Duration `json:"-"`
	// IdempotencyKey has two equal requests post once. Defaults to a random one, by which
	// the client may repeat a request whose answer was lost.
	IdempotencyKey string `json:"-"`
}

// File is a file to send.
type File struct {
	Name    string
	Content []byte
}

// Send sends a message. Its error is a Refusal if the gateway refuses it.
func (c *Client) Send(ctx context.Context, m Message) (Answer, error) {
	if m.IdempotencyKey == "" {
		m.IdempotencyKey = rand.Text()
	}
	address := c.base + "/send"
	var wait time.Duration
	if m.Wait != nil {
		wait = *m.Wait
		address += "?wait=" + url.QueryEscape(wait.String())
	}
	mediaType, body, err := m.encode()
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	err = c.call(ctx, wait, post(address, mediaType, body, http.Header{"Idempotency-Key": {m.IdempotencyKey}}), &answer)
	return answer, err
}

// encode returns the body of the request: JSON, or a form if there is a file.
func (m Message) encode() (mediaType string, body []byte, err error) {
	body, err = json.Marshal(m)
	if err != nil || m.File == nil {
		return "application/json", body, err
	}
	fields := map[string]string{}
	if err := json.Unmarshal(body, &fields); err != nil {
		return "", nil, err
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			return "", nil, err
		}
	}
	part, err := w.CreateFormFile("file", m.File.Name)
	if err != nil {
		return "", nil, err
	}
	if _, err := part.Write(m.File.Content); err != nil {
		return "", nil, err
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	return w.FormDataContentType(), form.Bytes(), nil
}
