"""The judgement of enrolment photographs: quality, pose, occlusion and agreement."""
