// How far regions lie apart: great-circle distance between a city of each. A guess at latency until it is measured.

/** In degrees, north and east. */
type Place = readonly [latitude: number, longitude: number];

/** The city that stands for the region, to a tenth of a degree. */
const PLACES: Readonly<Record<string, Place>> = {
  "us-east": [39.0, -77.5], // Ashburn
  "us-west": [37.4, -121.9], // San José
  "us-central": [41.3, -95.9], // Council Bluffs
  "sa-east": [-23.5, -46.6], // São Paulo
  "eu-central": [50.1, 8.7], // Frankfurt
  "eu-west": [53.3, -6.3], // Dublin
  "apac-east": [35.7, 139.7], // Tokyo
  "apac-south": [19.1, 72.9], // Mumbai
  "oc-east": [-33.9, 151.2], // Sydney
  "af-south": [-33.9, 18.4], // Cape Town
  "me-central": [25.2, 55.3], // Dubai
};

const EARTH_RADIUS_KM = 6371;
/** Half the way round: a region that nobody placed is as far as can be. */
const FARTHEST_KM = Math.round(Math.PI * EARTH_RADIUS_KM);

/** Kilometres between two regions: 0 for the same one, the farthest for one that isn't known. */
export function distanceKm(one: string, other: string): number {
  if (one === other) return 0;
  const [from, to] = [PLACES[one], PLACES[other]];
  if (from === undefined || to === undefined) return FARTHEST_KM;
  return between(from, to);
}

/** The known region whose city is nearest to a place, in degrees. */
export function nearestRegion(place: Place): string {
  const away = Object.entries(PLACES).map(
    ([region, city]) => [between(place, city), region] as const,
  );
  const [[, nearest] = [0, ""]] = away.toSorted(([one], [other]) => one - other);
  return nearest;
}

/** By the haversine formula. */
function between(from: Place, to: Place): number {
  const [latitude, longitude] = [radians(to[0] - from[0]), radians(to[1] - from[1])];
  const across =
    Math.sin(latitude / 2) ** 2 +
    Math.cos(radians(from[0])) * Math.cos(radians(to[0])) * Math.sin(longitude / 2) ** 2;
  return Math.round(2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(across)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
