package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/gateway"
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

// verify checks the headers of a request, and returns the check of its body. An
// error means that Slack cannot have sent it: its signature is missing, malformed
// or more than maxSkew away from now.
func verify(header http.Header, signers []*signer, now time.Time) (gateway.Verification, error) {
	timestamp := header.Get(timestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return nil, errors.New("no or malformed timestamp")
	}
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); skew > maxSkew {
		return nil, fmt.Errorf("timestamp is %v off", skew.Round(time.Second))
	}
	encoded, ok := strings.CutPrefix(header.Get(signatureHeader), signatureVersion+"=")
	if !ok || len(encoded) != hex.EncodedLen(sha256.Size) {
		return nil, errors.New("no or malformed signature")
	}
	var mac [sha256.Size]byte
	if _, err := hex.Decode(mac[:], []byte(encoded)); err != nil {
		return nil, errors.New("no or malformed signature")
	}
	return func(body []byte) error {
		if !signedByAny(signers, &mac, timestamp, body) {
			return errWrongSignature
		}
		return nil
	}, nil
}

var errWrongSignature = fmt.Errorf("wrong signature: %w", gateway.ErrWrongSecret)

// signedByAny reports whether mac is the signature by one of the signers, of which
// there are two during a rotation of the secret. It takes as long whichever it is.
func signedByAny(signers []*signer, mac *[sha256.Size]byte, timestamp string, body []byte) bool {
	matches := false
	for _, s := range signers {
		if sum := s.sign(timestamp, body); hmac.Equal(mac[:], sum[:]) {
			matches = true
		}
	}
	return matches
}

// signer computes signatures by one secret. It is safe for concurrent use.
type signer struct {
	macs sync.Pool // of *mac: to make one takes as long as to sign 200 bytes
}

// mac is a hash with a buffer for its input and output.
type mac struct {
	hash   hash.Hash
	buffer []byte
}

func newSigner(secret string) *signer {
	return &signer{sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, []byte(secret))} }}}
}

// sign returns the signature of a body.
func (s *signer) sign(timestamp string, body []byte) (sum [sha256.Size]byte) {
	m := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.hash.Reset()
	m.buffer = append(append(append(m.buffer[:0], signatureVersion+":"...), timestamp...), ':')
	m.hash.Write(m.buffer) // a Hash never returns an error
	m.hash.Write(body)
	m.buffer = m.hash.Sum(m.buffer[:0])
	copy(sum[:], m.buffer)
	return sum
}

// Sign sets the headers that prove to a holder of the secret that a request
// with this body was made now.
func Sign(header http.Header, body []byte, secret string, now time.Time) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header.Set(timestampHeader, timestamp)
	sum := newSigner(secret).sign(timestamp, body)
	header.Set(signatureHeader, signatureVersion+"="+hex.EncodeToString(sum[:]))
}
