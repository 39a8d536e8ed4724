// Takes what is large and seldom changes, so that it does not travel anew whenever something on the map does.

const KEPT = 8;

export default function ({ data }) {
  const shelf = (window.qdhfShelf ??= new Map());
  shelf.delete(data.key);
  shelf.set(data.key, data);
  for (const key of shelf.keys()) {
    if (shelf.size <= KEPT) break;
    shelf.delete(key);
  }
  for (const map of window.qdhfMaps ?? []) map.arrived(data.key);
}
