//! The shape of work with an order: depth, waves, the critical path, circles. Pure.
//!
//! Tasks are numbers from 0; `needs[n]` are those that `n` waits for.

/// What follows from who waits for whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// How many steps of work lie before each: 0 for what waits for nothing, else one more
    /// than the deepest that it waits for.
    pub depth: Vec<u32>,
    /// The longest chain of tasks that wait for each: 0 for what nobody waits for.
    pub chain: Vec<u32>,
    /// How many wait for each directly.
    pub dependants: Vec<u32>,
}

impl Shape {
    /// The shape, or the tasks of a circle, each of which waits for the next and the last
    /// for the first. Numbers out of range are left out; one that is named twice counts
    /// once.
    pub fn of(needs: &[Vec<usize>]) -> Result<Self, Vec<usize>> {
        let count = needs.len();
        let mut open = vec![0_u32; count];
        let mut behind: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (task, needs) in needs.iter().enumerate() {
            for need in distinct(needs, count) {
                open[task] += 1;
                behind[need].push(task);
            }
        }
        let mut depth = vec![0_u32; count];
        let mut order: Vec<usize> = (0..count).filter(|task| open[*task] == 0).collect();
        let mut next = 0;
        while let Some(&task) = order.get(next) {
            next += 1;
            for &other in &behind[task] {
                depth[other] = depth[other].max(depth[task] + 1);
                open[other] -= 1;
                if open[other] == 0 {
                    order.push(other);
                }
            }
        }
        if order.len() < count {
            return Err(circle(needs, &open));
        }
        let mut chain = vec![0_u32; count];
        for &task in order.iter().rev() {
            let longest = behind[task].iter().map(|other| chain[*other] + 1).max();
            chain[task] = longest.unwrap_or(0);
        }
        let many = |tasks: &Vec<usize>| u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        Ok(Self {
            depth,
            chain,
            dependants: behind.iter().map(many).collect(),
        })
    }

    /// All tasks in the order in which one worker would do them: each after those that it
    /// waits for; of what could come together, the longest chain first, then the most
    /// dependants, then the lowest number.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.depth.len()).collect();
        order.sort_by_key(|&task| {
            let last = |count: u32| std::cmp::Reverse(count);
            (
                self.depth[task],
                last(self.chain[task]),
                last(self.dependants[task]),
                task,
            )
        });
        order
    }

    /// The tasks that may run at the same time, wave after wave, each in the order of
    /// [`order`](Self::order).
    pub fn waves(&self) -> Vec<Vec<usize>> {
        let mut waves: Vec<Vec<usize>> = Vec::new();
        for task in self.order() {
            let depth = self.depth[task] as usize;
            if waves.len() <= depth {
                waves.resize_with(depth + 1, Vec::new);
            }
            waves[depth].push(task);
        }
        waves
    }

    /// A longest chain of tasks that wait for each other, the first one first: however many
    /// workers there are, the work takes no less time than these.
    pub fn critical_path(&self, needs: &[Vec<usize>]) -> Vec<usize> {
        // From its end, since each knows what it waits for: of those, one of the depth
        // below is on a longest way.
        let deepest = self
            .order()
            .into_iter()
            .max_by_key(|task| self.depth[*task]);
        let mut path: Vec<usize> = deepest.into_iter().collect();
        while let Some(&task) = path.last() {
            let before = needs[task]
                .iter()
                .find(|need| self.depth.get(**need).map(|it| it + 1) == Some(self.depth[task]));
            match before {
                Some(&before) => path.push(before),
                None => break,
            }
        }
        path.reverse();
        path
    }
}

fn distinct(needs: &[usize], count: usize) -> Vec<usize> {
    let mut needs: Vec<usize> = needs.iter().copied().filter(|need| *need < count).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// A circle among tasks that never become open; each of them waits for another such one.
fn circle(needs: &[Vec<usize>], open: &[u32]) -> Vec<usize> {
    let stuck = |task: usize| open.get(task).is_some_and(|open| *open > 0);
    let mut way: Vec<usize> = (0..needs.len())
        .find(|task| stuck(*task))
        .into_iter()
        .collect();
    while let Some(next) = way
        .last()
        .and_then(|task| needs[*task].iter().copied().find(|need| stuck(*need)))
    {
        if let Some(begin) = way.iter().position(|task| *task == next) {
            return way.split_off(begin);
        }
        way.push(next);
    }
    way
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn a_shape_has_depths_chains_waves_and_a_critical_path() {
        // 0 ← 1 ← 3, 0 ← 2, 4 alone; 3 also waits for 4.
        let needs = vec![vec![], vec![0], vec![0, 0, 9], vec![1, 4], vec![]];
        let shape = Shape::of(&needs).unwrap();
        assert_eq!(shape.depth, [0, 1, 1, 2, 0]);
        assert_eq!(shape.chain, [2, 1, 0, 0, 1]);
        assert_eq!(shape.dependants, [2, 1, 0, 0, 1]);
        assert_eq!(shape.order(), [0, 4, 1, 2, 3]);
        assert_eq!(shape.waves(), [vec![0, 4], vec![1, 2], vec![3]]);
        assert_eq!(shape.critical_path(&needs), [0, 1, 3]);
        assert_eq!(Shape::of(&[]).unwrap().waves(), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_circle_is_named() {
        for (needs, circle) in [
            (vec![vec![0]], vec![0]),
            (vec![vec![1], vec![0]], vec![0, 1]),
            // 0 waits for a circle of 1, 2 and 3, and is not in it.
            (
                vec![vec![1], vec![2], vec![3], vec![1], vec![]],
                vec![1, 2, 3],
            ),
        ] {
            assert_eq!(Shape::of(&needs), Err(circle), "{needs:?}");
        }
    }

    /// Whatever the work, an order never puts a task before what it waits for.
    #[test]
    fn every_order_is_one() {
        for seed in 0_usize..200 {
            let count = 1 + seed % 37;
            let needs: Vec<Vec<usize>> = (0..count)
                .map(|task| {
                    let some = (0..task).filter(|need| (task * 31 + need * 17 + seed) % 5 == 0);
                    some.collect()
                })
                .collect();
            let shape = Shape::of(&needs).unwrap();
            let order = shape.order();
            let place = |task: usize| order.iter().position(|one| *one == task).unwrap();
            for (task, needs) in needs.iter().enumerate() {
                for need in needs {
                    assert!(place(*need) < place(task));
                }
            }
            let path = shape.critical_path(&needs);
            assert_eq!(path.len(), shape.waves().len());
            assert!(path.windows(2).all(|two| needs[two[1]].contains(&two[0])));
        }
    }
}
