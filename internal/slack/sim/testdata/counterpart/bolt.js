// An app that is written with Bolt: a slash command, a button, a form with a check and type-ahead, and a home.
// API_URL, APP_TOKEN and BOT_TOKEN say where. It writes {"type":"connected"} when it is, and a line for each message. It
// ends when its standard input does.
const { App, LogLevel, SocketModeReceiver } = require('@slack/bolt');

const clientOptions = { slackApiUrl: process.env.API_URL };
const receiver = new SocketModeReceiver({
  appToken: process.env.APP_TOKEN,
  logLevel: LogLevel.ERROR,
  clientPingTimeout: 300, // also the pause before it connects again
  installerOptions: { clientOptions },
});
const app = new App({ token: process.env.BOT_TOKEN, receiver, clientOptions, logLevel: LogLevel.ERROR });

const plain = (text) => ({ type: 'plain_text', text });
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const form = {
  type: 'modal',
  callback_id: 'suggest',
  title: plain('Suggest a term'),
  submit: plain('Send'),
  blocks: [
    { type: 'input', block_id: 'term', label: plain('Term'), element: { type: 'plain_text_input', action_id: 'value' } },
    {
      type: 'input', block_id: 'related', label: plain('Related to'), optional: true,
      element: { type: 'external_select', action_id: 'lookup', min_query_length: 1 },
    },
  ],
};

app.event('message', async ({ event }) => tell({ type: 'message', text: event.text }));

app.command('/gopher', async ({ ack, command, respond }) => {
  await ack();
  await respond({
    text: `you said ${command.text}`,
    blocks: [{
      type: 'actions',
      elements: [{ type: 'button', action_id: 'approve', text: plain('Approve'), value: '17' }],
    }],
  });
});

app.action('approve', async ({ ack, action, respond }) => {
  await ack();
  await respond({ text: `approved ${action.value}`, replace_original: true });
});

app.shortcut('suggest', async ({ ack, shortcut, client }) => {
  await ack();
  await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
});

app.options('lookup', async ({ ack, options }) => {
  await ack({ options: [{ text: plain(`like ${options.value}`), value: options.value }] });
});

app.view('suggest', async ({ ack, view, client }) => {
  const { values } = view.state;
  if (values.term.value.value === 'wrong') {
    await ack({ response_action: 'errors', errors: { term: 'not that one' } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: 'C01GENERAL', text: `${values.term.value.value} like ${values.related.lookup.selected_option?.value}` });
});

app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({
    user_id: event.user,
    view: { type: 'home', blocks: [{ type: 'section', text: plain('at home') }] },
  });
});

receiver.client.on('connected', () => tell({ type: 'connected' }));
process.stdin.on('end', async () => {
  await app.stop();
  process.exit(0);
});
process.stdin.resume();
app.start();
