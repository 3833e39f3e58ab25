// The emoji that this page can draw, by Slack's names for them.
const characters = {
  "+1": "👍", "-1": "👎", "100": "💯", alarm_clock: "⏰", apple: "🍎", balloon: "🎈", beer: "🍺",
  beers: "🍻", bell: "🔔", birthday: "🎂", book: "📖", books: "📚", brain: "🧠", bug: "🐛",
  bulb: "💡", cake: "🍰", calendar: "📅", cat: "🐱", clap: "👏", coffee: "☕", coin: "🪙",
  computer: "💻", construction: "🚧", cookie: "🍪", cry: "😢", dancer: "💃", dart: "🎯", dog: "🐶",
  dragon: "🐉", dragon_face: "🐲", exclamation: "❗", eyes: "👀", facepalm: "🤦", fire: "🔥",
  game_die: "🎲", gem: "💎", ghost: "👻", gift: "🎁", globe_with_meridians: "🌐", gopher: "🐹",
  green_heart: "💚", grin: "😁", grinning: "😀", hammer: "🔨", hammer_and_wrench: "🛠️",
  hamster: "🐹", hand: "✋", heart: "❤️", heart_eyes: "😍", heavy_check_mark: "✔️", hugging_face: "🤗",
  information_source: "ℹ️", joy: "😂", key: "🔑", link: "🔗", lock: "🔒", mag: "🔍", mailbox: "📫",
  meat_on_bone: "🍖", mega: "📣", memo: "📝", moneybag: "💰", muscle: "💪", musical_note: "🎵",
  newspaper: "📰", no_entry: "⛔", ok_hand: "👌", package: "📦", palm_tree: "🌴", partying_face: "🥳", pizza: "🍕", point_right: "👉", point_up: "☝️", pray: "🙏", pushpin: "📌",
  question: "❓", rabbit: "🐰", rainbow: "🌈", raised_hands: "🙌", robot_face: "🤖", rocket: "🚀",
  rotating_light: "🚨", scream: "😱", see_no_evil: "🙈", shrug: "🤷", slightly_smiling_face: "🙂",
  smile: "😄", smiley: "😃", snake: "🐍", sob: "😭", sparkles: "✨", star: "⭐", sunglasses: "😎",
  sweat_smile: "😅", tada: "🎉", taco: "🌮", tea: "🍵", thinking_face: "🤔", thumbsdown: "👎",
  thumbsup: "👍", trophy: "🏆", turtle: "🐢", unicorn_face: "🦄", warning: "⚠️", wave: "👋",
  whale: "🐳", white_check_mark: "✅", wink: "😉", wrench: "🔧", x: "❌", zap: "⚡",
};

const byName = new Map(Object.entries(characters));

// emoji is the character with that name, or undefined for the many that only a workspace knows.
export const emoji = (name) => byName.get(name);
