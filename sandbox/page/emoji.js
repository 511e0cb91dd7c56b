// The emoji shortcodes that apps use most.

const EMOJI = {
  "white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌",
  "negative_squared_cross_mark": "❎", "warning": "⚠️", "rotating_light": "🚨", "no_entry": "⛔",
  "no_entry_sign": "🚫", "octagonal_sign": "🛑", "hourglass": "⌛", "hourglass_flowing_sand": "⏳",
  "clock1": "🕐", "alarm_clock": "⏰", "stopwatch": "⏱️", "timer_clock": "⏲️", "calendar": "📅",
  "date": "📅", "spiral_calendar_pad": "🗓️", "tada": "🎉", "sparkles": "✨", "rocket": "🚀", "wave": "👋",
  "eyes": "👀", "bell": "🔔", "no_bell": "🔕", "lock": "🔒", "unlock": "🔓", "key": "🔑", "link": "🔗",
  "paperclip": "📎", "page_facing_up": "📄", "clipboard": "📋", "memo": "📝", "pencil": "📝",
  "pencil2": "✏️", "ledger": "📒", "books": "📚", "book": "📖", "bookmark": "🔖", "card_index_dividers": "🗂️",
  "file_folder": "📁", "open_file_folder": "📂", "inbox_tray": "📥", "outbox_tray": "📤", "package": "📦",
  "bar_chart": "📊", "chart_with_upwards_trend": "📈", "chart_with_downwards_trend": "📉", "receipt": "🧾",
  "moneybag": "💰", "money_with_wings": "💸", "dollar": "💵", "coin": "🪙", "bank": "🏦", "credit_card": "💳",
  "scales": "⚖️", "balance_scale": "⚖️", "abacus": "🧮", "mag": "🔍", "gear": "⚙️", "wrench": "🔧",
  "hammer_and_wrench": "🛠️", "bulb": "💡", "information_source": "ℹ️", "question": "❓", "grey_question": "❔",
  "exclamation": "❗", "heavy_exclamation_mark": "❗", "bangbang": "‼️", "arrow_right": "➡️",
  "arrow_left": "⬅️", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrows_counterclockwise": "🔄", "repeat": "🔁",
  "leftwards_arrow_with_hook": "↩️", "rewind": "⏪", "fast_forward": "⏩", "pause_button": "⏸️",
  "double_vertical_bar": "⏸️", "arrow_forward": "▶️", "black_square_for_stop": "⏹️", "red_circle": "🔴",
  "large_orange_circle": "🟠", "large_yellow_circle": "🟡", "large_green_circle": "🟢",
  "large_blue_circle": "🔵", "white_circle": "⚪️", "black_circle": "⚫️", "large_purple_circle": "🟣",
  "white_large_square": "⬜", "black_large_square": "⬛", "small_blue_diamond": "🔹", "small_orange_diamond": "🔸",
  "one": "1️⃣", "two": "2️⃣", "three": "3️⃣", "four": "4️⃣", "five": "5️⃣", "thumbsup": "👍", "+1": "👍",
  "thumbsdown": "👎", "-1": "👎", "clap": "👏", "raised_hands": "🙌", "raised_hand": "✋", "pray": "🙏", "point_right": "👉",
  "smile": "😄", "slightly_smiling_face": "🙂", "thinking_face": "🤔", "robot_face": "🤖", "zap": "⚡",
  "fire": "🔥", "star": "⭐", "seedling": "🌱", "broom": "🧹", "shield": "🛡️", "construction": "🚧",
  "electric_plug": "🔌", "globe_with_meridians": "🌐", "earth_africa": "🌍", "house": "🏠", "office": "🏢", "busts_in_silhouette": "👥",
  "bust_in_silhouette": "👤", "speech_balloon": "💬", "mailbox": "📫", "email": "📧", "wastebasket": "🗑️",
  "heavy_plus_sign": "➕", "heavy_minus_sign": "➖", "new": "🆕", "ok": "🆗", "soon": "🔜", "test_tube": "🧪", "stethoscope": "🩺", "twisted_rightwards_arrows": "🔀",
  "ear": "👂", "gift": "🎁", "checkered_flag": "🏁", "triangular_flag_on_post": "🚩", "pushpin": "📌",
  "round_pushpin": "📍", "hammer": "🔨", "game_die": "🎲", "label": "🏷️", "ticket": "🎫", "scroll": "📜",
  "zzz": "💤", "shrug": "🤷", "handshake": "🤝", "crescent_moon": "🌙", "sunny": "☀️", "dart": "🎯",
};

/** Shortcodes in a text turned into emoji; unknown ones stay as they are. */
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
