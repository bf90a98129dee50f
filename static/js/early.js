/* What must have run before the first paint: times and clock chips, so that no row shifts afterwards. */
import "./times.js";
import "./clock-chip.js";
