// The page viewer. The page is complete without this: it adds deep zoom, and ties text to image.

import { openStage } from "./reading/stage.js";
import { tieTranscript } from "./reading/transcript.js";
import { followHits } from "./reading/hits.js";
import { addKeys } from "./reading/keys.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const stage = openStage(page);
const transcript = tieTranscript(page, stage);
const hits = followHits(page, stage, transcript);
addKeys(page, stage, hits);
