// Acknowledges every envelope with @slack/socket-mode and writes a line for each: {"type":…,"text":…}.
// API_URL and APP_TOKEN say where. It ends when its standard input does.
const { SocketModeClient, LogLevel } = require('@slack/socket-mode');

const client = new SocketModeClient({
  appToken: process.env.APP_TOKEN,
  logLevel: LogLevel.ERROR,
  clientPingTimeout: 300, // also the pause before it connects again
  clientOptions: { slackApiUrl: process.env.API_URL },
});

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

client.on('connected', () => tell({ type: 'connected' }));
client.on('slack_event', async ({ ack, type, body }) => {
  try {
    await ack();
  } catch {
    return; // it is disconnected; the event comes again
  }
  tell({ type, text: body.event?.text ?? body.text ?? '' });
});

process.stdin.on('end', async () => {
  await client.disconnect();
  process.exit(0);
});
process.stdin.resume();
client.start();
