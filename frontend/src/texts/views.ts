// What is said of a view whose own script did not arrive.
export const views = {
  missing: "This view could not be loaded",
  missingMore: "Stockbridge was renewed, or the network broke off. What you see elsewhere is not touched.",
  reload: "Load again",
};
