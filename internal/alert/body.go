package alert

// Body is the JSON of a webhook as Decode reads it, for documents about it. Its fields mean
// what those of Webhook and Alert with the same names do. Unknown fields are ignored, and
// all may be missing but the alerts.
type Body = wireWebhook
