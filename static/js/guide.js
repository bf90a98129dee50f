/* The style guide's one button. */
import { attach, on } from "./attach.js";
import { toast } from "./toast.js";
attach("#guide-toast", (button) => on(button, "click", () => toast("Reply sent to Li Na", { icon: "send", undo: async () => {} })));
