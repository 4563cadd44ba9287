"""What a comparison of two trees comes to: its items, margins, waivers, and what the change did to the suite."""
