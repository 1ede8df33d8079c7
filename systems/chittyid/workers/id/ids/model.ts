/** An id that was minted, as it is answered and kept in copies. It never changes. */
export interface IdRecord {
  chittyId: string;
  entity_type: string;
  minted_at: string;
  status: "minted";
}
