/* Everything the desk's pages need; each module attaches itself. */
import "./early.js";
import "./menu.js";
import "./dialog.js";
import "./toast.js";
import "./theme.js";
