/* Everything the desk's pages need; each module attaches itself. */
import "./early.js";
import "./page.js";
import "./menu.js";
import "./dialog.js";
import "./toast.js";
import "./theme.js";
import "./shortcuts.js";
import "./palette.js";
import "./columns.js";
import "./viewer.js";
import "./upload.js";
import "./conversation.js";
import "./ticket-list.js";
import "./composer.js";
import "./live.js";
import "./bell.js";
import "./offers.js";
