/**
 * What storage costs, for estimates: in US dollars, without taxes, free quotas, transfer and discounts, by the id of a preset. A gigabyte is
 * 2^30 bytes, as the services count. Prices change and differ by region: correct them here, or for one machine in `prices.json` of its home, in
 * this shape: `{"aws": {"gigabyteMonth": 0.0245}}`. A service that is not here is not estimated.
 *
 * `thousandWrites` are PUT, POST and LIST; `leastMonth` is asked for in any case.
 *
 * @public
 */
export const PRICE_DATA = {
  asOf: "2026-11-21",
  currency: "USD",
  services: {
    aws: {
      gigabyteMonth: 0.023,
      thousandWrites: 0.005,
      thousandReads: 0.0004,
      keyMonth: 1,
      tenThousandKeyRequests: 0.03,
      leastMonth: 0,
      note: "of us-east-1; other regions cost up to a third more",
      source: ["https://aws.amazon.com/s3/pricing/", "https://aws.amazon.com/kms/pricing/"],
    },
    "cloudflare-r2": {
      gigabyteMonth: 0.015,
      thousandWrites: 0.0045,
      thousandReads: 0.00036,
      keyMonth: 0,
      tenThousandKeyRequests: 0,
      leastMonth: 0,
      note: "beyond the free quota",
      source: ["https://developers.cloudflare.com/r2/pricing/"],
    },
    "backblaze-b2": {
      gigabyteMonth: 0.006,
      thousandWrites: 0,
      thousandReads: 0.0004,
      keyMonth: 0,
      tenThousandKeyRequests: 0,
      leastMonth: 0,
      note: "beyond the free quota",
      source: ["https://www.backblaze.com/cloud-storage/pricing"],
    },
    wasabi: {
      gigabyteMonth: 0.0069,
      thousandWrites: 0,
      thousandReads: 0,
      keyMonth: 0,
      tenThousandKeyRequests: 0,
      leastMonth: 6.99,
      note: "of a terabyte at least, and what is removed counts until it is 90 days old",
      source: ["https://wasabi.com/pricing"],
    },
    digitalocean: {
      gigabyteMonth: 0.02,
      thousandWrites: 0,
      thousandReads: 0,
      keyMonth: 0,
      tenThousandKeyRequests: 0,
      leastMonth: 5,
      note: "with 250 gigabytes in the monthly fee",
      source: ["https://www.digitalocean.com/pricing/spaces-object-storage"],
    },
    "google-cloud": {
      gigabyteMonth: 0.02,
      thousandWrites: 0.005,
      thousandReads: 0.0004,
      keyMonth: 0,
      tenThousandKeyRequests: 0,
      leastMonth: 0,
      note: "of Standard in one region",
      source: ["https://cloud.google.com/storage/pricing"],
    },
  },
} as const;
