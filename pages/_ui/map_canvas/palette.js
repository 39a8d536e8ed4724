// Colours: viridis for amounts, Okabe and Ito's for kinds. Both are told apart by the colour-blind, on light and on dark.

const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const KINDS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"];
const UNKNOWN = 256; // after the shades of amounts, before the kinds
const PALETTE = [...viridisTable(256), [138, 138, 138], ...KINDS.map(channels)];
const CSS = PALETTE.map((rgb) => `rgb(${rgb.join(" ")})`);

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function viridisTable(length) {
  const stops = VIRIDIS.map(channels);
  return Array.from({ length }, (_, step) => {
    const place = (step / (length - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((value, part) => Math.round(value + (stops[low + 1][part] - value) * (place - low)));
  });
}

function shade(tone) {
  return Number.isNaN(tone) ? UNKNOWN : Math.max(0, Math.min(255, Math.round(tone * 255)));
}

function kind(number) {
  return number < 0 ? UNKNOWN : UNKNOWN + 1 + (number % KINDS.length);
}

// Any CSS colour as red, green, blue.
function resolved(color) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
