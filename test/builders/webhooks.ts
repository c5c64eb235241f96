/** The 003 document's own configuration, which is no TOML as TOML's own parsers read it. */
export const DOCUMENTED_CONFIGURATION = `[webhooks]
enabled = true
endpoints = [
 {
 url = "https://your-system.com/webhook"
 events = ["task.completed", "task.failed", "batch.completed"]
 secret = "webhook-secret"
 }
]`;
