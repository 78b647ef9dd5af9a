import { useCameras } from "../../api/queries";
import { useMay, useWholeSite } from "../../me";
import { useZones } from "../cameras/queries";
import { useFences } from "../map/queries";
import { useChannels, useWatchlists } from "./queries";

/** What a rule can be put together from, as far as the user may know of it; `names`: by ids. */
export function useRuleParts() {
  const may = useMay();
  const wholeSite = useWholeSite();
  const { data: lists = [] } = useWatchlists();
  const { data: cameras = [] } = useCameras(may("cameras:read"));
  const { data: zones = [] } = useZones(wholeSite);
  const { data: fences = [] } = useFences(wholeSite);
  const { data: channels = [] } = useChannels(may("sightings:write"));
  const all = [...lists, ...cameras, ...zones, ...fences, ...channels];
  const names = new Map(all.map(({ id, name }) => [id, name]));
  return { lists, cameras, zones, fences, channels, names };
}
