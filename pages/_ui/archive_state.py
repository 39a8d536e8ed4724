"""What maps and page tell each other: targets and what is selected, for one visit to a study."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages._ui.map_canvas import MapGathered, MapHeard, MapTargets, aimed, gathered


@dataclass(frozen=True)
class Desk:
    """Targets and selection on the maps of one study with the same cells and axes; ``name`` tells these, since a cell's
    number means another place on another map."""

    name: str

    @property
    def targets(self) -> MapTargets:
        kept: MapTargets = st.session_state.setdefault(f"targets-{self.name}", MapTargets(cells=[], stamp=0))
        return kept

    @property
    def selection(self) -> MapGathered:
        nothing = MapGathered(positions=[], cells=[], stamp=0)
        kept: MapGathered = st.session_state.setdefault(f"gathered-{self.name}", nothing)
        return kept

    @property
    def heard(self) -> MapHeard:
        return MapHeard(targets=self.targets, gathered=self.selection)

    def hear(self, key: str) -> None:
        """Take what the map with this key says of them, where it said something."""
        if said := aimed(key):
            st.session_state[f"targets-{self.name}"] = said
        if chosen := gathered(key):
            st.session_state[f"gathered-{self.name}"] = chosen

    def aim(self, cells: list[int]) -> None:
        """Make these cells the targets, in place of those before."""
        st.session_state[f"targets-{self.name}"] = MapTargets(cells=sorted(set(cells)), stamp=self.targets["stamp"])

    def let_go(self) -> None:
        """Select nothing any more."""
        st.session_state[f"gathered-{self.name}"] = MapGathered(positions=[], cells=[], stamp=self.selection["stamp"])
