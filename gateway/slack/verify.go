package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers and the version of Slack's request signatures.
// Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
const (
	signatureHeader  = "X-Slack-Signature"
	timestampHeader  = "X-Slack-Request-Timestamp"
	signatureVersion = "v0"
)

// maxSkew is how far a request's time may be from ours, into the past as into
// the future: a recorded request is of no use later.
const maxSkew = 5 * time.Minute

// signature is what the headers of a request say about its body.
type signature struct {
	timestamp string
	mac       []byte
}

// readSignature returns the signature of a request, or why it cannot be Slack's: so
// much can be known before the body is read.
func readSignature(header http.Header, now time.Time) (signature, error) {
	timestamp := header.Get(timestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return signature{}, errors.New("no or malformed timestamp")
	}
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); skew > maxSkew {
		return signature{}, fmt.Errorf("timestamp is %v off", skew.Round(time.Second))
	}
	encoded, ok := strings.CutPrefix(header.Get(signatureHeader), signatureVersion+"=")
	if !ok || len(encoded) != hex.EncodedLen(sha256.Size) {
		return signature{}, errors.New("no or malformed signature")
	}
	mac, err := hex.DecodeString(encoded)
	if err != nil {
		return signature{}, errors.New("no or malformed signature")
	}
	return signature{timestamp, mac}, nil
}

// signs reports whether one of the secrets proves that a request with this body is
// Slack's. There are two secrets while they are being rotated.
func (s signature) signs(body []byte, secrets []string) bool {
	matches := false
	for _, secret := range secrets {
		if hmac.Equal(s.mac, sign(secret, s.timestamp, body)) {
			matches = true
		}
	}
	return matches
}

func sign(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signatureVersion + ":" + timestamp + ":")) // a Hash never returns an error
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign sets the headers that prove to a holder of the secret that a request
// with this body was made now.
func Sign(header http.Header, body []byte, secret string, now time.Time) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header.Set(timestampHeader, timestamp)
	header.Set(signatureHeader, signatureVersion+"="+hex.EncodeToString(sign(secret, timestamp, body)))
}
