// Package alert turns what a monitoring system's webhook says into a message: its
// text, its status, its key for deduplication, and the group that it is about.
//
// It knows no HTTP, no Redis and no chat platform. The gateway and
// "gopherbot notify render" use it.
//
// Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
// https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
package alert
