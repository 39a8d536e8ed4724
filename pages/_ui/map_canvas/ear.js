// Hears which item was picked on a map, where the item is drawn: so that the map need not be drawn anew for it.

export default function ({ data, setTriggerValue }) {
  const ears = (window.qdhfEars ??= new Map());
  ears.set(data.link, setTriggerValue);
  for (const map of window.qdhfMaps ?? []) if (map.data?.link === data.link) map.follow(data.selected);
  return () => {
    if (ears.get(data.link) === setTriggerValue) ears.delete(data.link);
  };
}
