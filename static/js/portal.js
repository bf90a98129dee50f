/* Everything the portal and sign-in pages need. */
import "./early.js";
import "./menu.js";
import "./dialog.js";
import "./toast.js";
import "./theme.js";
import "./page.js";
import "./viewer.js";
import "./upload.js";
import "./conversation.js";
import "./poll.js";
import "./keep.js";
import "./kinds.js";
